//go:build unix

package audit_test

import (
	"syscall"
	"time"
)

// cpuTime returns what this process used of all cores. Unlike the clock, it does not
// count what else the machine does.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

//go:build unix

package journal

import (
	"os"
	"syscall"
)

// lock takes the file for this process. The system gives it back when the process
// ends, however that happens.
func lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

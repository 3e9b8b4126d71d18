//go:build unix

package durable

import (
	"os"
	"syscall"
)

// Lock takes the file for this process. The system gives it back when the process
// ends, however that happens.
func Lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

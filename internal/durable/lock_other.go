//go:build !unix

package durable

import (
	"errors"
	"os"
)

// Lock refuses: two writers of one journal would be two entries of one number.
func Lock(*os.File) error { return errors.New("no file locks on this system") }

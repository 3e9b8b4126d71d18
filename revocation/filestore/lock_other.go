//go:build !unix

package filestore

import (
	"errors"
	"os"
)

// There is no lock that a killed process gives back without more than the standard
// library, so there is no store.
func lockFile(*os.File, bool) error { return errors.ErrUnsupported }

func unlockFile(*os.File) error { return nil }

// Package durable has the few things that files need which must survive a crash: a
// lock for one process, and writing a file whole or not at all.
package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace writes a file in the place of another, whole or not at all, and returns when
// both its content and its name are on disk.
func Replace(path string, data []byte) error {
	temp, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return Rename(path+".new", path)
}

// Rename gives a file another name, on disk when it returns.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncDir(to)
}

// SyncDir makes the name of a file as durable as the file.
func SyncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

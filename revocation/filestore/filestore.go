// Package filestore keeps the state of revocation Issuers in one file, a journal:
// every change is a line that is appended and synced before it is acknowledged.
//
// Several processes of one machine may share the file; a lock file beside it puts
// their changes in one order, and each reads what the others appended. What a killed
// process was about to write is a line without an end, which the next one drops;
// any other damage is [ErrCorrupt], because a revocation may be among what is
// damaged. A journal that grew is written anew beside the old one, which it then
// replaces in one step.
//
// The file has the keys from which the holders of indices can be told, so it is
// readable for its owner alone. It belongs on a local disk: locks of network file
// systems are not to be relied on.
package filestore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/taperid/taper/revocation"
)

// ErrCorrupt is returned for a journal that is damaged elsewhere than at an
// unfinished end. Restore it from a copy, or see docs/operating.md.
var ErrCorrupt = errors.New("filestore: the journal is damaged")

// Store is a [revocation.Store] in a file. It is safe for concurrent use.
type Store struct {
	path string
	lock *os.File

	mu     sync.Mutex
	file   *os.File
	state  *revocation.MemoryStore // of the journal up to offset
	offset int64
	whole  int64 // the offset up to which it was written at once
	broken error // why nothing more can be relied on
}

// Open opens the journal at path, and makes it if it is not there.
func Open(path string) (*Store, error) {
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("filestore: %w", err)
	}
	s := &Store{path: path, lock: lock}
	err = s.locked(context.Background(), true, s.create)
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the files. The Store is of no use afterwards.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = os.ErrClosed
	s.reset()
	return s.lock.Close()
}

// Lists implements [revocation.Store].
func (s *Store) Lists(ctx context.Context) (lists []revocation.StoredList, err error) {
	err = s.read(ctx, func() error {
		lists, err = s.state.Lists(ctx)
		return err
	})
	return lists, err
}

// Snapshot implements [revocation.Store].
func (s *Store) Snapshot(ctx context.Context, url string) (l revocation.StoredList, entries []revocation.StoredEntry, err error) {
	err = s.read(ctx, func() error {
		l, entries, err = s.state.Snapshot(ctx, url)
		return err
	})
	return l, entries, err
}

// Add implements [revocation.Store].
func (s *Store) Add(ctx context.Context, list revocation.StoredList) error {
	return s.write(ctx, &operation{Op: opAdd, List: recordOf(&list)})
}

// Reserve implements [revocation.Store].
func (s *Store) Reserve(ctx context.Context, pool string) (revocation.StoredList, uint64, error) {
	o := &operation{Op: opReserve, Pool: pool}
	err := s.write(ctx, o)
	if err != nil {
		return revocation.StoredList{}, 0, err
	}
	return o.reserved, o.First, nil
}

// Set implements [revocation.Store].
func (s *Store) Set(ctx context.Context, changes []revocation.Change) error {
	if len(changes) == 0 {
		return nil
	}
	return s.write(ctx, &operation{Op: opSet, Changes: changesOf(changes)})
}

// Publish implements [revocation.Store].
func (s *Store) Publish(ctx context.Context, url string, old, next revocation.Publication) error {
	return s.write(ctx, &operation{Op: opPublish, URL: url, Old: publicationOf(old), New: publicationOf(next)})
}

// Retire implements [revocation.Store].
func (s *Store) Retire(ctx context.Context, url string) error {
	return s.write(ctx, &operation{Op: opRetire, URL: url})
}

// read catches up with the journal and looks at the state.
func (s *Store) read(ctx context.Context, look func() error) error {
	return s.locked(ctx, false, func() error {
		if err := s.catchUp(); err != nil {
			return err
		}
		return look()
	})
}

// write makes a change, after all those that others made: on the state, which says
// whether it may be, then in the journal.
func (s *Store) write(ctx context.Context, o *operation) error {
	return s.locked(ctx, true, func() error {
		if err := s.catchUp(); err != nil {
			return err
		}
		if err := o.apply(s.state); err != nil {
			return err
		}
		line, err := o.line()
		if err == nil {
			err = s.append(line)
		}
		if err != nil {
			s.reset() // the state is ahead of the journal
			return err
		}
		return s.compact()
	})
}

// locked runs f with the lock of all processes and of this one.
func (s *Store) locked(ctx context.Context, exclusive bool, f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return fmt.Errorf("filestore: %w", s.broken)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	if err := lockFile(s.lock, exclusive); err != nil {
		return fmt.Errorf("filestore: lock: %w", err)
	}
	err := f()
	if e := unlockFile(s.lock); e != nil && err == nil {
		err = fmt.Errorf("filestore: unlock: %w", e)
	}
	return err
}

// reset forgets the state, so that the next operation reads it anew.
func (s *Store) reset() {
	if s.file != nil {
		_ = s.file.Close()
	}
	s.file, s.state, s.offset, s.whole = nil, nil, 0, 0
}

func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	err = dir.Sync()
	return errors.Join(err, dir.Close())
}

package filestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/taperid/taper/revocation"
)

// header is the first line of a journal.
const header = "taper status journal 1\n"

// create makes the journal where there is none.
func (s *Store) create() error {
	if _, err := os.Stat(s.path); err == nil {
		return s.catchUp()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("filestore: %w", err)
	}
	return s.replace([]byte(header))
}

// replace puts a new journal in the place of the old one, in one step.
func (s *Store) replace(content []byte) error {
	name := s.path + ".new"
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	if err := os.Rename(name, s.path); err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	if err := syncFolder(s.path); err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	s.reset()
	return nil
}

// catchUp reads what was appended since, from the start where the journal is not
// the one that is open.
func (s *Store) catchUp() error {
	there, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	if s.file != nil {
		open, err := s.file.Stat()
		if err != nil || !os.SameFile(open, there) || there.Size() < s.offset {
			s.reset()
		}
	}
	if s.file == nil {
		if s.file, err = os.OpenFile(s.path, os.O_RDWR, 0); err != nil {
			return fmt.Errorf("filestore: %w", err)
		}
		s.state = new(revocation.MemoryStore)
	}
	if there.Size() == s.offset && s.offset > 0 {
		return nil
	}
	more, err := io.ReadAll(io.NewSectionReader(s.file, s.offset, there.Size()-s.offset))
	if err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	if err := s.replay(more); err != nil {
		s.reset()
		return err
	}
	return nil
}

// replay applies the lines of the journal from offset on. One without an end is
// what a killed process left.
func (s *Store) replay(data []byte) error {
	if s.offset == 0 {
		rest, ok := bytes.CutPrefix(data, []byte(header))
		if !ok {
			return fmt.Errorf("%w: %s does not start with %q", ErrCorrupt, s.path, header)
		}
		data, s.offset, s.whole = rest, int64(len(header)), int64(len(header))
	}
	for {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return nil
		}
		o, err := parseLine(line)
		if err == nil {
			err = o.replay(s.state)
		}
		if err != nil {
			return fmt.Errorf("%w: %s at byte %d: %v", ErrCorrupt, s.path, s.offset, err)
		}
		s.offset += int64(len(line)) + 1
		if o.Op == opList {
			s.whole = s.offset
		}
		data = rest
	}
}

// append writes a line at the end and makes sure that it stays. What a killed
// process left there goes first.
func (s *Store) append(line []byte) error {
	err := s.file.Truncate(s.offset)
	if err == nil {
		_, err = s.file.WriteAt(line, s.offset)
	}
	if err != nil {
		return fmt.Errorf("filestore: %w", errors.Join(err, s.file.Truncate(s.offset)))
	}
	if err := s.file.Sync(); err != nil {
		// What is on the disk is unknown, and another Sync would not say.
		s.broken = err
		return fmt.Errorf("filestore: %w", errors.Join(err, s.file.Truncate(s.offset)))
	}
	s.offset += int64(len(line))
	return nil
}

// slack is how much a journal may grow in any case.
const slack = 4 << 20

// compact writes the journal anew when most of it is history.
func (s *Store) compact() error {
	if s.offset < 4*s.whole+slack {
		return nil
	}
	content := []byte(header)
	lists, err := s.state.Lists(context.Background())
	if err != nil {
		return err
	}
	for _, l := range lists {
		l, entries, err := s.state.Snapshot(context.Background(), l.URL)
		if err != nil {
			return err
		}
		o := operation{Op: opList, List: recordOf(&l), Entries: entriesOf(entries)}
		line, err := o.line()
		if err != nil {
			return err
		}
		content = append(content, line...)
	}
	return s.replace(content)
}

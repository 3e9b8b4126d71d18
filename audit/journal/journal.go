// Package journal keeps what one writer signed in a file, until a log has it: the
// outbox of an [audit.Recorder], and its memory of where it was.
//
// The file is a line that names the format and then frames, each
//
//	length of the payload, 4 bytes, big-endian
//	CRC-32C of the kind and the payload, 4 bytes, big-endian
//	kind, 1 byte: 'E' an entry, 'T' an entry that the log has taken
//	payload: the leaf of the entry; the leaf hash of the one taken
//
// Only its end is ever written, and every frame is on disk (fsync) before the call
// that wrote it returns. A frame that a crash cut short is cut off when the file is
// opened again: the call that wrote it had not returned. Anything else that is not
// as written refuses the file, since the number of the next entry is no longer
// known; then the writer's key has to go too.
//
// One process has the file at a time; that is locked, and a system that is no Unix,
// which has no such locks here, refuses. When all entries were taken and
// the file is long, it is written anew with its last entry alone, beside the old one
// and then in its place.
package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sync"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/durable"
)

var (
	// ErrCorrupt is returned for a file that this package did not write like that.
	ErrCorrupt = errors.New("journal: corrupt")
	// ErrLocked is returned for a file that another process has.
	ErrLocked = errors.New("journal: in use")
	// ErrFull is returned for an entry that would make the file too long.
	ErrFull = errors.New("journal: full")
	// ErrClosed is returned by a journal that was closed, or that failed to write: it
	// has to be opened again.
	ErrClosed = errors.New("journal: closed")
)

const (
	magic     = "taper.id/audit/journal/v1\n"
	frameHead = 9
	kindEntry = 'E'
	kindTaken = 'T'

	// compactBytes is the length from which a file whose entries were all taken is
	// written anew.
	compactBytes = 1 << 20
)

// DefaultMaxBytes bounds the file unless the options say otherwise.
const DefaultMaxBytes = 256 << 20

// Options are the choices there are. The zero value is the ordinary one.
type Options struct {
	MaxBytes int64 // longest file; 0: DefaultMaxBytes
}

// File is a journal in a file. It is an [audit.Journal] and safe for concurrent use.
type File struct {
	path string
	max  int64

	mu      sync.Mutex
	file    *os.File // nil: closed
	size    int64
	last    *audit.Signed
	waiting []*audit.Signed
}

// Open opens the journal at path, or begins one there.
func Open(path string, o Options) (*File, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	f := &File{path: path, max: o.MaxBytes}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := durable.Lock(file); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrLocked, path, err), file.Close())
	}
	if err := f.own(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := f.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return f, nil
}

// own makes sure that what was locked is the file at the path still: another process
// may have written it anew meanwhile.
func (f *File) own(file *os.File) error {
	f.file = file
	locked, err := file.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Stat(f.path); err != nil || !os.SameFile(locked, now) {
		return fmt.Errorf("%w: %s", ErrLocked, f.path)
	}
	return nil
}

// Close gives the file back. Entries that wait stay in it.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// Load returns the last entry and those that the log has not taken.
func (f *File) Load(context.Context) (*audit.Signed, []*audit.Signed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil, nil, ErrClosed
	}
	return f.last, append([]*audit.Signed(nil), f.waiting...), nil
}

// Add writes an entry. When it returns nil the entry is on disk. An entry that does
// not follow the last one is refused.
func (f *File) Add(_ context.Context, s *audit.Signed) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := follows(f.last, s); err != nil {
		return err
	}
	if err := f.append(kindEntry, s.Bytes()); err != nil {
		return err
	}
	f.last, f.waiting = s, append(f.waiting, s)
	return nil
}

// Taken writes that the log has the oldest entry that waits. An entry that does not
// wait was taken before.
func (f *File) Taken(_ context.Context, s *audit.Signed) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.waiting) == 0 || f.waiting[0].Hash() != s.Hash() {
		return nil
	}
	hash := s.Hash()
	if err := f.append(kindTaken, hash[:]); err != nil {
		return err
	}
	f.waiting = f.waiting[1:]
	if len(f.waiting) == 0 && f.size > compactBytes {
		return f.compact()
	}
	return nil
}

// append writes one frame. After a failure nobody knows what the disk has, so the
// file is closed.
func (f *File) append(kind byte, payload []byte) error {
	if f.file == nil {
		return ErrClosed
	}
	frame := encode(kind, payload)
	if kind == kindEntry && f.size+int64(len(frame)) > f.max {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrFull, f.size+int64(len(frame)), f.max)
	}
	_, err := f.file.WriteAt(frame, f.size)
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("%w: %w", ErrClosed, err), f.file.Close())
		f.file = nil
		return err
	}
	f.size += int64(len(frame))
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encode(kind byte, payload []byte) []byte {
	frame := make([]byte, frameHead, frameHead+len(payload))
	binary.BigEndian.PutUint32(frame, uint32(len(payload)))
	frame[8] = kind
	frame = append(frame, payload...)
	binary.BigEndian.PutUint32(frame[4:], crc32.Checksum(frame[8:], castagnoli))
	return frame
}

// follows checks that s is the entry after last, of the same writer.
func follows(last, s *audit.Signed) error {
	switch {
	case s == nil || len(s.Bytes()) == 0:
		return fmt.Errorf("%w: no entry", ErrCorrupt)
	case last == nil:
		return nil
	}
	before, e := last.Entry(), s.Entry()
	if e.Agent != before.Agent || e.Seq != before.Seq+1 || e.Prev != last.Hash() {
		return fmt.Errorf("%w: entry %d of %v does not follow entry %d of %v", ErrCorrupt, e.Seq, e.Agent, before.Seq, before.Agent)
	}
	return nil
}

package journal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/durable"
)

// read reads the whole file and cuts off a frame that a crash left unfinished.
func (f *File) read() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() > f.max+frameHead+audit.MaxLeaf {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrFull, info.Size(), f.max)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f.file, data); err != nil {
		return err
	}
	if len(data) < len(magic) && bytes.HasPrefix([]byte(magic), data) {
		return f.begin()
	}
	if !bytes.HasPrefix(data, []byte(magic)) {
		return fmt.Errorf("%w: not a journal", ErrCorrupt)
	}
	good, err := f.readFrames(data)
	if err != nil {
		return err
	}
	f.size = int64(good)
	if good == len(data) {
		return nil
	}
	if err := f.file.Truncate(f.size); err != nil {
		return err
	}
	return f.file.Sync()
}

// begin makes an empty file a journal.
func (f *File) begin() error {
	if _, err := f.file.WriteAt([]byte(magic), 0); err != nil {
		return err
	}
	if err := f.file.Sync(); err != nil {
		return err
	}
	f.size = int64(len(magic))
	return durable.SyncDir(f.path)
}

// readFrames takes every whole frame and returns where the last one ends.
func (f *File) readFrames(data []byte) (int, error) {
	at := len(magic)
	for at < len(data) {
		kind, payload, end, err := decode(data, at)
		if err != nil {
			return 0, err
		}
		if end == 0 {
			break // cut short
		}
		if err := f.take(kind, payload); err != nil {
			return 0, fmt.Errorf("frame at byte %d: %w", at, err)
		}
		at = end
	}
	return at, nil
}

// decode reads the frame at a place and returns where it ends, 0 for one that a crash
// cut short: the last of the file, and not all there.
func decode(data []byte, at int) (kind byte, payload []byte, end int, err error) {
	rest := data[at:]
	if len(rest) < frameHead || isZero(rest) {
		return 0, nil, 0, nil // zeros: a file system that made room and did not write
	}
	n := int(binary.BigEndian.Uint32(rest))
	if n > audit.MaxLeaf {
		return 0, nil, 0, fmt.Errorf("%w: frame of %d bytes at byte %d", ErrCorrupt, n, at)
	}
	if len(rest) < frameHead+n {
		return 0, nil, 0, nil
	}
	if crc32.Checksum(rest[8:frameHead+n], castagnoli) != binary.BigEndian.Uint32(rest[4:]) {
		if len(rest) == frameHead+n {
			return 0, nil, 0, nil // its end was not written
		}
		return 0, nil, 0, fmt.Errorf("%w: checksum of the frame at byte %d", ErrCorrupt, at)
	}
	return rest[8], rest[frameHead : frameHead+n], at + frameHead + n, nil
}

func isZero(data []byte) bool { return len(bytes.Trim(data, "\x00")) == 0 }

// take adds what a frame says.
func (f *File) take(kind byte, payload []byte) error {
	switch kind {
	case kindEntry:
		s, err := audit.ParseSigned(payload)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if err := follows(f.last, s); err != nil {
			return err
		}
		f.last, f.waiting = s, append(f.waiting, s)
		return nil
	case kindTaken:
		if len(f.waiting) > 0 {
			if hash := f.waiting[0].Hash(); bytes.Equal(hash[:], payload) {
				f.waiting = f.waiting[1:]
				return nil
			}
		}
		return fmt.Errorf("%w: taken out of turn", ErrCorrupt)
	}
	return fmt.Errorf("%w: kind %q", ErrCorrupt, kind)
}

// compact writes the file anew with the last entry, which is all that a writer whose
// entries were all taken needs. The new file is locked before it takes the place of
// the old one, so no other process gets between them.
func (f *File) compact() error {
	temp, err := os.OpenFile(f.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	hash := f.last.Hash()
	data := append([]byte(magic), encode(kindEntry, f.last.Bytes())...)
	data = append(data, encode(kindTaken, hash[:])...)
	err = durable.Lock(temp)
	if err == nil {
		_, err = temp.WriteAt(data, 0)
	}
	if err == nil {
		err = temp.Sync()
	}
	if err == nil {
		err = durable.Rename(temp.Name(), f.path)
	}
	if err != nil {
		_ = temp.Close()
		return fmt.Errorf("journal: write anew: %w", err)
	}
	_ = f.file.Close()
	f.file, f.size = temp, int64(len(data))
	return nil
}

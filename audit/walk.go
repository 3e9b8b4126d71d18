package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/taperid/taper/internal/tilepath"
)

// errCut ends a walk where the log ends before its checkpoint says so. It is a
// finding by then.
var errCut = errors.New("audit: log is cut")

// walk reads every bundle and every tile of the log. The tiles are what others
// verify proofs with, so they have to say what the entries say.
func (a *auditor) walk(ctx context.Context) error {
	for p := range tilepath.All(a.report.Head.Size()) {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := a.walkTile(ctx, p)
		if errors.Is(err, errCut) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *auditor) walkTile(ctx context.Context, p tilepath.Place) error {
	t, _ := newTileID(p.Entries, p.Level, p.Index, p.Partial)
	data, err := a.read(ctx, t)
	if err != nil {
		return err
	}
	if t.entries {
		return a.takeBundle(t, data)
	}
	return a.checkTile(t, data)
}

// read returns a tile or bundle.
func (a *auditor) read(ctx context.Context, t tileID) ([]byte, error) {
	data, err := readTile(ctx, a.reader, t)
	if errors.Is(err, fs.ErrNotExist) {
		a.findLog(Inconsistent, nil, "%s is not there, and the checkpoint covers it", t.path())
		return nil, errCut
	}
	if err != nil {
		return nil, fmt.Errorf("audit: read %s: %w", t.path(), err)
	}
	return data, nil
}

// prefix returns the part of a full tile or bundle that the partial one has.
func prefix(data []byte, t tileID) []byte {
	if !t.entries {
		return data[:min(len(data), t.width*tlog.HashSize)]
	}
	leaves, err := splitBundle(data, tileWidth)
	if err != nil {
		return data // which is refused when it is split again
	}
	return appendBundle(nil, leaves[:t.width])
}

func (a *auditor) takeBundle(t tileID, data []byte) error {
	leaves, err := splitBundle(data, t.width)
	if err != nil {
		a.findLog(Inconsistent, nil, "%s: %v", t.path(), err)
		return errCut
	}
	for i, leaf := range leaves {
		if err := a.take(leaf, t.start()+uint64(i)); err != nil {
			return err
		}
	}
	return nil
}

// checkTile compares a tile with the entries. The bundle of a tile of level 0 is
// read before it, and all of them before the levels above.
func (a *auditor) checkTile(t tileID, data []byte) error {
	want, err := tlog.ReadTileData(t.tree(), &a.nodes)
	if err != nil {
		return fmt.Errorf("audit: tree: %w", err)
	}
	if len(data) != len(want) {
		a.findLog(Inconsistent, nil, "%s has %d bytes, want %d", t.path(), len(data), len(want))
		return nil
	}
	for i := range t.width {
		at := i * tlog.HashSize
		if !bytes.Equal(data[at:at+tlog.HashSize], want[at:at+tlog.HashSize]) {
			a.findLog(Inconsistent, nil, "%s has, at %d, another hash than the entries give", t.path(), t.start()+uint64(i))
			return nil
		}
	}
	return nil
}

// checkRoots holds the entries to the signed checkpoint and to the anchor.
func (a *auditor) checkRoots() {
	head, since := a.report.Head, a.report.Since
	if root, ok := a.root(head.Size()); ok && root != head.Root() {
		a.findLog(Inconsistent, nil, "the %d entries give the root %s, the checkpoint says %s",
			head.Size(), root, head.Root())
	}
	switch root, ok := a.root(since.Size()); {
	case since == nil:
	case since.Size() > head.Size():
		a.findLog(Inconsistent, nil, "the log has %d entries, and the anchor had %d: its tail was cut",
			head.Size(), since.Size())
	case since.Size() == head.Size() && since.Root() != head.Root():
		a.findLog(Inconsistent, nil, "two checkpoints of size %d have two roots", head.Size())
	case ok && root != since.Root():
		a.findLog(Inconsistent, nil, "the first %d entries give the root %s, the anchor says %s",
			since.Size(), root, since.Root())
	}
}

// root returns the root of the first size entries, if they could be read.
func (a *auditor) root(size uint64) (Hash, bool) {
	if size > maxEntries {
		return Hash{}, false
	}
	root, err := a.nodes.root(size)
	return root, err == nil
}

package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/taperid/taper/internal/tilepath"
)

// errCut ends a walk where the log ends before its checkpoint says so. It is a
// finding by then.
var errCut = errors.New("audit: log is cut")

// walk reads every bundle and every tile of the log. The tiles are what others
// verify proofs with, so they have to say what the entries say.
//
// Leaves are parsed and verified on all cores, some bundles ahead of the one whose
// entries are taken; everything else happens here, in the order of the log.
func (a *auditor) walk(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	var ahead []*piece
	for p := range tilepath.All(a.report.Head.Size()) {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, _ := newTileID(p.Entries, p.Level, p.Index, p.Partial)
		if t.width == tileWidth && t.within(a.from) {
			continue // read before, and it cannot change
		}
		next := a.readPiece(ctx, t)
		ahead = append(ahead, next)
		if next.err != nil {
			break
		}
		running.Go(next.parse)
		if len(ahead) > 2*runtime.GOMAXPROCS(0) {
			if err := a.takePiece(ahead[0]); err != nil {
				return stopped(err)
			}
			ahead = ahead[1:]
		}
	}
	for _, p := range ahead {
		if err := a.takePiece(p); err != nil {
			return stopped(err)
		}
	}
	return nil
}

// stopped is what is wrong where a walk ends: nothing where the log is cut.
func stopped(err error) error {
	if errors.Is(err, errCut) {
		return nil
	}
	return err
}

// piece is a tile, or a bundle whose leaves are parsed; parsed tells when.
type piece struct {
	tile    tileID
	data    []byte
	leaves  [][]byte
	known   int   // how many of the leaves were read before
	err     error // that it could not be read
	torn    error // that it is no bundle
	entries []parsedLeaf
	parsed  chan struct{}
	keys    *keys
}

// parsedLeaf is a leaf as an entry, or why it is none.
type parsedLeaf struct {
	signed *Signed
	err    error
}

func (a *auditor) readPiece(ctx context.Context, t tileID) *piece {
	out := &piece{tile: t, parsed: make(chan struct{}), keys: a.keys}
	if t.entries && a.from > t.start() {
		out.known = int(a.from - t.start())
	}
	out.data, out.err = readTile(ctx, a.reader, t)
	if t.entries && out.err == nil {
		out.leaves, out.torn = splitBundle(out.data, t.width)
		out.data = nil
	}
	return out
}

func (p *piece) parse() {
	defer close(p.parsed)
	p.entries = make([]parsedLeaf, len(p.leaves))
	for i, leaf := range p.leaves {
		if i < p.known {
			continue
		}
		p.entries[i].signed, p.entries[i].err = parseSigned(leaf, p.keys)
	}
}

func (a *auditor) takePiece(p *piece) error {
	switch {
	case errors.Is(p.err, fs.ErrNotExist):
		a.findLog(Inconsistent, nil, "%s is not there, and the checkpoint covers it", p.tile.path())
		return errCut
	case p.err != nil:
		return fmt.Errorf("audit: read %s: %w", p.tile.path(), p.err)
	case p.torn != nil:
		a.findLog(Inconsistent, nil, "%s: %v", p.tile.path(), p.torn)
		return errCut
	case !p.tile.entries:
		return a.checkTile(p.tile, p.data)
	}
	<-p.parsed
	for i, leaf := range p.leaves {
		index := p.tile.start() + uint64(i)
		if i < p.known {
			if !a.nodes.isLeaf(index, LeafHash(leaf)) {
				a.findLog(Inconsistent, []Leaf{{index, slices.Clone(leaf)}}, "leaf %d is another than it was", index)
				return errCut
			}
			continue
		}
		if err := a.take(leaf, p.entries[i], index); err != nil {
			return err
		}
	}
	return nil
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

// checkRoots holds the entries to the signed checkpoint and to those from before.
func (a *auditor) checkRoots() {
	head := a.report.Head
	if root, ok := a.root(head.Size()); ok && root != head.Root() {
		a.findLog(Inconsistent, nil, "the %d entries give the root %s, the checkpoint says %s",
			head.Size(), root, head.Root())
	}
	for _, c := range a.anchors() {
		a.checkExtends(c)
	}
}

// checkExtends checks that the log goes on from a checkpoint.
func (a *auditor) checkExtends(since *Checkpoint) {
	head := a.report.Head
	switch root, ok := a.root(since.Size()); {
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

package audit

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Reader reads the published resources of a log, by their paths in C2SP
// tlog-tiles: "checkpoint", "tile/0/000", "tile/entries/x001/234.p/5". What is
// not there is an error that wraps fs.ErrNotExist. A Log is one; over HTTP or a
// folder it takes a few lines. Nothing that a Reader returns is believed.
type Reader interface {
	Read(ctx context.Context, path string) ([]byte, error)
}

const (
	checkpointPath = "checkpoint"
	tileHeight     = 8
	tileWidth      = 1 << tileHeight
)

// tileID names a tile, or a bundle of entries, which is one of level 0.
type tileID struct {
	entries bool
	level   int
	n       uint64
	width   int
}

// tree returns the tile as the library for the tree has it.
func (t tileID) tree() tlog.Tile {
	return tlog.Tile{H: tileHeight, L: t.level, N: int64(t.n), W: t.width}
}

// path returns the path of tlog-tiles, which is that of the library but for the
// height and the name of bundles.
func (t tileID) path() string {
	tree := t.tree()
	if t.entries {
		tree.L = -1
		return "tile/entries/" + strings.TrimPrefix(tree.Path(), "tile/8/data/")
	}
	return "tile/" + strings.TrimPrefix(tree.Path(), "tile/8/")
}

// parseTilePath reads the one spelling of a path.
func parseTilePath(path string) (tileID, bool) {
	const maxPath = 64
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > maxPath {
		return tileID{}, false
	}
	name, isBundle := strings.CutPrefix(rest, "entries/")
	if isBundle {
		rest = "0/" + name
	}
	tree, err := tlog.ParseTilePath("tile/8/" + rest)
	if err != nil || tree.L < 0 || tree.L > 63 || tree.N < 0 {
		return tileID{}, false
	}
	t := tileID{isBundle, tree.L, uint64(tree.N), tree.W}
	return t, t.path() == path
}

// start returns the index of the first hash of t in its level.
func (t tileID) start() uint64 { return t.n * tileWidth }

// within reports whether a tree of this size has the tile.
func (t tileID) within(size uint64) bool {
	have := size >> (tileHeight * t.level)
	return t.n <= have/tileWidth && t.start()+uint64(t.width) <= have
}

// tiles calls each for every tile of a tree of this size, and every bundle before
// the tile of level 0 that has its hashes.
func tiles(size uint64, each func(tileID) error) error {
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		have := size >> (tileHeight * level)
		for n := uint64(0); n*tileWidth < have; n++ {
			t := tileID{false, level, n, int(min(tileWidth, have-n*tileWidth))}
			if level == 0 {
				if err := each(tileID{true, 0, n, t.width}); err != nil {
					return err
				}
			}
			if err := each(t); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendBundle writes leaves as an entry bundle, each after its length in 16 bits.
func appendBundle(b []byte, leaves [][]byte) []byte {
	for _, leaf := range leaves {
		b = binary.BigEndian.AppendUint16(b, uint16(len(leaf)))
		b = append(b, leaf...)
	}
	return b
}

// splitBundle reads a bundle of n leaves.
func splitBundle(data []byte, n int) ([][]byte, error) {
	leaves := make([][]byte, 0, n)
	for range n {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("bundle ends inside entry %d of %d", len(leaves), n)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		leaves = append(leaves, data[2:end:end])
		data = data[end:]
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("bundle has %d bytes after its %d entries", len(data), n)
	}
	return leaves, nil
}

// nodeStore keeps the nodes of a tree in the order in which they are complete.
type nodeStore struct{ hashes []tlog.Hash }

// ReadHashes makes it a tlog.HashReader.
func (s *nodeStore) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, at := range indexes {
		if at < 0 || at >= int64(len(s.hashes)) {
			return nil, fmt.Errorf("%w: no node %d", ErrProof, at)
		}
		out[i] = s.hashes[at]
	}
	return out, nil
}

// add adds the leaf at the index that is next.
func (s *nodeStore) add(leaf Hash, index uint64) error {
	nodes, err := tlog.StoredHashesForRecordHash(int64(index), tlog.Hash(leaf), s)
	if err != nil {
		return fmt.Errorf("audit: tree: %w", err)
	}
	s.hashes = append(s.hashes, nodes...)
	return nil
}

// root returns the root of the tree of the first size leaves.
func (s *nodeStore) root(size uint64) (Hash, error) {
	h, err := tlog.TreeHash(int64(size), s)
	if err != nil {
		return Hash{}, fmt.Errorf("audit: tree: %w", err)
	}
	return Hash(h), nil
}

package audit

import (
	"context"
	"encoding/binary"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/taperid/taper/internal/tilepath"
)

// Reader reads the published resources of a log, as C2SP tlog-tiles has them. A Log
// is one, those of package tiles are, and so are the readers and fetchers of Tessera.
// What is not there is an error that wraps fs.ErrNotExist. Nothing that a Reader
// returns is believed.
type Reader interface {
	// ReadCheckpoint returns the newest signed checkpoint.
	ReadCheckpoint(ctx context.Context) ([]byte, error)
	// ReadTile returns a tile of hashes; p is how many, 0 for all 256.
	ReadTile(ctx context.Context, level, index uint64, p uint8) ([]byte, error)
	// ReadEntryBundle returns a bundle of leaves; p is how many, 0 for all 256.
	ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error)
}

const (
	tileHeight = 8
	tileWidth  = tilepath.Width
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

// newTileID names what a Reader was asked for.
func newTileID(entries bool, level, index uint64, p uint8) (tileID, bool) {
	const maxLevel, maxIndex = 63, 1 << 55
	t := tileID{entries, int(min(level, maxLevel+1)), index, tileWidth}
	if p > 0 {
		t.width = int(p)
	}
	return t, level <= maxLevel && index < maxIndex
}

// partial is the width as a Reader is asked for it.
func (t tileID) partial() uint8 { return uint8(t.width % tileWidth) }

// path names the tile for people.
func (t tileID) path() string {
	return tilepath.Place{Entries: t.entries, Level: uint64(t.level), Index: t.n, Partial: t.partial()}.String()
}

// read reads the tile.
func (t tileID) read(ctx context.Context, r Reader) ([]byte, error) {
	if t.entries {
		return r.ReadEntryBundle(ctx, t.n, t.partial())
	}
	return r.ReadTile(ctx, uint64(t.level), t.n, t.partial())
}

// start returns the index of the first hash of t in its level.
func (t tileID) start() uint64 { return t.n * tileWidth }

// within reports whether a tree of this size has the tile.
func (t tileID) within(size uint64) bool {
	have := size >> (tileHeight * t.level)
	return t.n <= have/tileWidth && t.start()+uint64(t.width) <= have
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

// isLeaf reports whether the leaf at an index that was added has this hash.
func (s *nodeStore) isLeaf(index uint64, leaf Hash) bool {
	at := tlog.StoredHashIndex(0, int64(index))
	return at < int64(len(s.hashes)) && Hash(s.hashes[at]) == leaf
}

// root returns the root of the tree of the first size leaves.
func (s *nodeStore) root(size uint64) (Hash, error) {
	h, err := tlog.TreeHash(int64(size), s)
	if err != nil {
		return Hash{}, fmt.Errorf("audit: tree: %w", err)
	}
	return Hash(h), nil
}

// consistency returns the proof that the tree of size begins with that of oldSize,
// which is not larger.
func (s *nodeStore) consistency(oldSize, size uint64) ([]Hash, error) {
	if oldSize == 0 || oldSize == size {
		return nil, nil
	}
	path, err := tlog.ProveTree(int64(size), int64(oldSize), s)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrProof, err)
	}
	return fromTree(path), nil
}

package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"
)

// Prove reads a published log through r and returns the proof that it has the entry at
// an index, under its newest checkpoint: a receipt for whoever was given none. Every
// tile that it reads is checked against that checkpoint. An entry that the checkpoint
// does not cover is ErrUnpublished.
func Prove(ctx context.Context, r Reader, index uint64, policy *Policy) (*Receipt, error) {
	head, err := readCheckpoint(ctx, r, policy)
	if err != nil {
		return nil, err
	}
	if index >= head.Size() {
		return nil, fmt.Errorf("%w: entry %d, and %d are published", ErrUnpublished, index, head.Size())
	}
	if head.Size() > maxTree {
		return nil, fmt.Errorf("%w: log of %d entries", ErrSize, head.Size())
	}
	leaf, err := readLeaf(ctx, r, index, head.Size())
	if err != nil {
		return nil, err
	}
	tree := tlog.Tree{N: int64(head.Size()), Hash: tlog.Hash(head.Root())}
	path, err := tlog.ProveRecord(tree.N, int64(index), tlog.TileHashReader(tree, &tileClient{ctx, r}))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	p := Proof{Index: index, Hashes: fromTree(path), Checkpoint: head.Bytes()}
	text, err := p.Format()
	if err != nil {
		return nil, err
	}
	return VerifyReceipt(leaf, text, policy)
}

// readLeaf reads the bundle that has a leaf.
func readLeaf(ctx context.Context, r Reader, index, size uint64) ([]byte, error) {
	t := tileID{entries: true, n: index / tileWidth, width: int(min(tileWidth, size-index/tileWidth*tileWidth))}
	data, err := readTile(ctx, r, t)
	if err != nil {
		return nil, fmt.Errorf("audit: read %s: %w", t.path(), err)
	}
	leaves, err := splitBundle(data, t.width)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrProof, t.path(), err)
	}
	return leaves[index%tileWidth], nil
}

// readTile reads a tile or bundle; of a partial one that is gone, the full one.
func readTile(ctx context.Context, r Reader, t tileID) ([]byte, error) {
	data, err := t.read(ctx, r)
	if full := t; errors.Is(err, fs.ErrNotExist) && t.width < tileWidth {
		full.width = tileWidth
		if data, err = full.read(ctx, r); err == nil {
			return prefix(data, t), nil
		}
	}
	return data, err
}

// tileClient reads tiles for the library of the tree, which checks them.
type tileClient struct {
	ctx context.Context //nolint:containedctx // the interface of the library has no room for it
	r   Reader
}

func (c *tileClient) Height() int { return tileHeight }

func (c *tileClient) SaveTiles([]tlog.Tile, [][]byte) {}

func (c *tileClient) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, err := readTile(c.ctx, c.r, tileID{level: t.L, n: uint64(t.N), width: t.W})
		if err != nil {
			return nil, err
		}
		if len(data) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("tile of %d bytes, want %d", len(data), t.W*tlog.HashSize)
		}
		out[i] = data
	}
	return out, nil
}

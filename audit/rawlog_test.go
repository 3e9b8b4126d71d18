package audit_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/tilepath"
)

// rawLog is a log as a dishonest operator may serve it: files by their paths. It
// is made with golang.org/x/mod alone, so the package is checked against another
// hand's tiles.
type rawLog map[string][]byte

func (l rawLog) ReadCheckpoint(context.Context) ([]byte, error) { return l.read("checkpoint") }

func (l rawLog) ReadTile(_ context.Context, level, index uint64, p uint8) ([]byte, error) {
	return l.read(tilepath.Place{Level: level, Index: index, Partial: p}.String())
}

func (l rawLog) ReadEntryBundle(_ context.Context, index uint64, p uint8) ([]byte, error) {
	return l.read(tilepath.Place{Entries: true, Index: index, Partial: p}.String())
}

func (l rawLog) read(path string) ([]byte, error) {
	data, ok := l[path]
	if !ok {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	return data, nil
}

// readPath reads what a path names.
func readPath(r audit.Reader, path string) ([]byte, error) {
	if path == "checkpoint" {
		return r.ReadCheckpoint(ctx)
	}
	p, ok := tilepath.Parse(path)
	if !ok {
		return nil, fmt.Errorf("%s is no path", path)
	}
	if p.Entries {
		return r.ReadEntryBundle(ctx, p.Index, p.Partial)
	}
	return r.ReadTile(ctx, p.Level, p.Index, p.Partial)
}

// newRawLog returns the log of these leaves, whatever they are, signed with the
// log's own key.
func newRawLog(tb testing.TB, leaves ...[]byte) rawLog {
	tb.Helper()
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) (out []tlog.Hash, err error) {
		for _, i := range at {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	for i, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(i), leaf, reader)
		require.NoError(tb, err)
		hashes = append(hashes, more...)
	}
	size := int64(len(leaves))
	root, err := tlog.TreeHash(size, reader)
	require.NoError(tb, err)
	l := rawLog{"checkpoint": sign(tb, fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:])))}
	for _, tile := range tlog.NewTiles(8, 0, size) {
		data, err := tlog.ReadTileData(tile, reader)
		require.NoError(tb, err)
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		l[path] = data
		if tile.L == 0 {
			l[strings.Replace(path, "tile/0/", "tile/entries/", 1)] = bundle(leaves[tile.N*256 : tile.N*256+int64(tile.W)])
		}
	}
	return l
}

func bundle(leaves [][]byte) (out []byte) {
	for _, leaf := range leaves {
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(leaf))), leaf...)
	}
	return out
}

func head(tb testing.TB, l rawLog) *audit.Checkpoint {
	tb.Helper()
	c, err := audit.ParseCheckpoint(l["checkpoint"], policy(tb))
	require.NoError(tb, err)
	return c
}

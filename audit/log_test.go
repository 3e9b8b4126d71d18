package audit_test

import (
	"context"
	"io/fs"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
)

func TestZeroSignedIsNothing(t *testing.T) {
	log := newLog(t)
	for _, s := range []*audit.Signed{nil, {}} {
		require.Empty(t, s.Bytes())
		require.True(t, s.Hash().IsZero())
		_, err := log.Append(ctx, s)
		require.ErrorIs(t, err, audit.ErrEntry)
	}
}

func entry(tb testing.TB, n uint64) *audit.Signed {
	tb.Helper()
	carol := personas.New("carol")
	e := full(tb, carol)
	e.Seq = n + 1
	s, err := audit.Sign(carol, e)
	require.NoError(tb, err)
	return s
}

func TestLogTakesThenPublishes(t *testing.T) {
	log := newLog(t)
	require.EqualValues(t, 0, log.Checkpoint().Size())
	s := entry(t, 0)
	p, err := log.Append(ctx, s)
	require.NoError(t, err)
	require.EqualValues(t, 0, p.Index())
	require.False(t, p.Durable(), "memory does not survive a crash")
	_, err = p.Receipt(ctx)
	require.ErrorIs(t, err, audit.ErrUnpublished)

	_, err = log.Append(ctx, entry(t, 1))
	require.NoError(t, err)
	again, err := log.Append(ctx, s)
	require.NoError(t, err)
	require.EqualValues(t, 0, again.Index(), "an entry that is sent again keeps its place")

	head := publish(t, log)
	require.EqualValues(t, 2, head.Size())
	require.Equal(t, head, publish(t, log), "nothing new, no new checkpoint")
	receipt, err := p.Receipt(ctx)
	require.NoError(t, err)
	require.Equal(t, s, receipt.Signed())
	require.Equal(t, head, receipt.Checkpoint())
	require.EqualValues(t, 0, receipt.Index())
}

func TestLogStopsWithItsContext(t *testing.T) {
	log := newLog(t)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err := log.Append(done, entry(t, 0))
	require.ErrorIs(t, err, context.Canceled)
	_, err = log.Publish(done)
	require.ErrorIs(t, err, context.Canceled)
	_, err = log.ReadCheckpoint(done)
	require.ErrorIs(t, err, context.Canceled)
	_, err = log.ReadTile(done, 0, 0, 1)
	require.ErrorIs(t, err, context.Canceled)
	_, err = log.Receipt(done, 0)
	require.ErrorIs(t, err, context.Canceled)
	_, err = log.Consistency(done, 0, 0)
	require.ErrorIs(t, err, context.Canceled)
}

func TestNewLogRefusesKeys(t *testing.T) {
	for _, keys := range [][]string{nil, {""}, {vkey}, {skey, skey}, {skey + "A"}} {
		_, err := audit.NewLog(origin, keys...)
		require.ErrorIs(t, err, audit.ErrKey, keys)
	}
	_, err := audit.NewLog("", skey)
	require.ErrorIs(t, err, audit.ErrKey)
	s, v, err := audit.NewLogKey("log.example/x")
	require.NoError(t, err)
	log, err := audit.NewLog("log.example/x", s)
	require.NoError(t, err)
	policy, err := audit.NewPolicy("log.example/x", v)
	require.NoError(t, err)
	_, err = audit.ParseCheckpoint(log.Checkpoint().Bytes(), policy)
	require.NoError(t, err)
	for _, bad := range []string{"", "a b", "a+b", "a\n"} {
		_, _, err := audit.NewLogKey(bad)
		require.ErrorIs(t, err, audit.ErrKey, bad)
	}
}

func TestLogServesOnlyWhatIsPublished(t *testing.T) {
	log := newLog(t)
	for i := range uint64(300) {
		_, err := log.Append(ctx, entry(t, i))
		require.NoError(t, err)
		if i == 259 {
			publish(t, log)
		}
	}
	for _, path := range []string{
		"checkpoint", "tile/0/000", "tile/0/001.p/4", "tile/0/001.p/1", "tile/0/000.p/7", "tile/1/000.p/1",
		"tile/entries/000", "tile/entries/001.p/4",
	} {
		_, err := readPath(log, path)
		require.NoError(t, err, path)
	}
	for _, path := range []string{
		"tile/0/001", "tile/0/001.p/5", "tile/1/000", "tile/2/000.p/1", "tile/7/000",
		"tile/entries/001.p/5", "tile/entries/002.p/1", "tile/0/x999/x999/x999/x999/x999/999",
	} {
		_, err := readPath(log, path)
		require.ErrorIs(t, err, fs.ErrNotExist, path)
	}
	for _, at := range [][2]uint64{{8, 0}, {64, 0}, {1 << 63, 0}, {0, 1 << 55}, {0, math.MaxUint64}} {
		_, err := log.ReadTile(ctx, at[0], at[1], 1)
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
}

func TestLogProvesConsistency(t *testing.T) {
	log := newLog(t)
	heads := []*audit.Checkpoint{log.Checkpoint()}
	for i := range uint64(20) {
		_, err := log.Append(ctx, entry(t, i))
		require.NoError(t, err)
		heads = append(heads, publish(t, log))
	}
	for i, a := range heads {
		for _, b := range heads[i:] {
			hashes, err := log.Consistency(ctx, a.Size(), b.Size())
			require.NoError(t, err)
			require.NoError(t, audit.CheckConsistency(a.Size(), a.Root(), b.Size(), b.Root(), hashes))
			if a != b {
				require.ErrorIs(t, audit.CheckConsistency(a.Size(), b.Root(), b.Size(), b.Root(), hashes), audit.ErrProof)
			}
		}
	}
	_, err := log.Consistency(ctx, 3, 2)
	require.ErrorIs(t, err, audit.ErrProof)
	_, err = log.Consistency(ctx, 3, 21)
	require.ErrorIs(t, err, audit.ErrUnpublished)
	_, err = log.Receipt(ctx, 20)
	require.ErrorIs(t, err, audit.ErrUnpublished)
}

func TestLogIsSafeForConcurrentUse(t *testing.T) {
	log := newLog(t)
	var wg sync.WaitGroup
	for i := range uint64(16) {
		s := entry(t, i)
		wg.Go(func() {
			p, err := log.Append(ctx, s)
			require.NoError(t, err)
			_, err = log.Publish(ctx)
			require.NoError(t, err)
			_, err = p.Receipt(ctx)
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.EqualValues(t, 16, log.Checkpoint().Size())
}

// tileReader reads a log for the tile client of golang.org/x/mod.
type tileReader struct {
	tb  testing.TB
	log audit.Reader
}

func (r tileReader) Height() int                     { return 8 }
func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		data, err := readPath(r.log, "tile/"+t.Path()[len("tile/8/"):])
		require.NoError(r.tb, err)
		out = append(out, data)
	}
	return out, nil
}

// The tools of golang.org/x/mod alone, knowing nothing of this package, open the
// checkpoint and find every entry of an exported log under its root.
func TestLogIsReadByOthers(t *testing.T) {
	log := newLog(t)
	const n = 600
	for i := range uint64(n) {
		_, err := log.Append(ctx, entry(t, i))
		require.NoError(t, err)
	}
	publish(t, log)

	signed, err := log.ReadCheckpoint(ctx)
	require.NoError(t, err)
	verifier, err := note.NewVerifier(vkey)
	require.NoError(t, err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	require.NoError(t, err)
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + opened.Text[len(origin)+1:]))
	require.NoError(t, err)
	require.EqualValues(t, n, tree.N)

	hashes := tlog.TileHashReader(tree, tileReader{t, log})
	root, err := tlog.TreeHash(tree.N, hashes)
	require.NoError(t, err)
	require.Equal(t, tree.Hash, root)
	var leaves [][]byte
	for _, path := range []string{"tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"} {
		bundle, err := readPath(log, path)
		require.NoError(t, err)
		for len(bundle) > 0 {
			end := 2 + int(bundle[0])<<8 + int(bundle[1])
			leaves, bundle = append(leaves, bundle[2:end]), bundle[end:]
		}
	}
	require.Len(t, leaves, n)
	for i, leaf := range leaves {
		proof, err := tlog.ProveRecord(tree.N, int64(i), hashes)
		require.NoError(t, err)
		require.NoError(t, tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(leaf)))
	}
}

package audit_test

import (
	"context"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
)

func TestProve(t *testing.T) {
	log := newLog(t)
	const n = 600
	for i := range uint64(n + 5) {
		_, err := log.Append(ctx, entry(t, i))
		require.NoError(t, err)
		if i == n-1 {
			publish(t, log)
		}
	}
	for _, i := range []uint64{0, 1, 255, 256, 511, 512, n - 1} {
		r, err := audit.Prove(ctx, log, i, policy(t))
		require.NoError(t, err)
		want, err := log.Receipt(ctx, i)
		require.NoError(t, err)
		require.Equal(t, want.Proof(), r.Proof())
		require.Equal(t, want.Signed().Hash(), r.Signed().Hash())
	}
	_, err := audit.Prove(ctx, log, n, policy(t))
	require.ErrorIs(t, err, audit.ErrUnpublished)
	_, err = audit.Prove(ctx, log, 0, nil)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
}

func TestProveRefuses(t *testing.T) {
	story := tell(t)
	raw := newRawLog(t, story.leaves...)
	for name, change := range map[string]func(l rawLog){
		"a tile of another log": func(l rawLog) { l["tile/0/000.p/13"][40] ^= 1 },
		"a short tile":          func(l rawLog) { l["tile/0/000.p/13"] = l["tile/0/000.p/13"][:100] },
		"another leaf":          func(l rawLog) { l["tile/entries/000.p/13"][500] ^= 1 },
		"a broken bundle":       func(l rawLog) { l["tile/entries/000.p/13"] = l["tile/entries/000.p/13"][:5] },
		"no tile":               func(l rawLog) { delete(l, "tile/0/000.p/13") },
		"no bundle":             func(l rawLog) { delete(l, "tile/entries/000.p/13") },
	} {
		t.Run(name, func(t *testing.T) {
			l := rawLog{}
			for path, data := range raw {
				l[path] = append([]byte(nil), data...)
			}
			_, err := audit.Prove(ctx, l, 0, policy(t))
			require.NoError(t, err)
			change(l)
			_, err = audit.Prove(ctx, l, 0, policy(t))
			require.Error(t, err)
		})
	}
	r, err := audit.Prove(ctx, fullOnly{raw}, 3, policy(t))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Nil(t, r)
}

// fullOnly has no partial tiles.
type fullOnly struct{ rawLog }

func (f fullOnly) ReadTile(ctx context.Context, level, index uint64, p uint8) ([]byte, error) {
	if p > 0 {
		return nil, fs.ErrNotExist
	}
	return f.rawLog.ReadTile(ctx, level, index, p)
}

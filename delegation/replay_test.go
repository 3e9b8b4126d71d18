package delegation_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

func use(s *delegation.VolatileReplay, who *did.Signer, id string, issued, now time.Time) error {
	return s.Use(context.Background(), delegation.Use{
		Issuer: who.DID(), ID: id, IssuedAt: issued, Until: issued.Add(65 * time.Second), Now: now,
	})
}

// TestRule13ReplayFloor: a store that begins now may have had a predecessor that
// accepted what was issued before.
func TestRule13ReplayFloor(t *testing.T) {
	s := delegation.NewVolatileReplay(noon, 5*time.Second)
	require.ErrorIs(t, use(s, dave, "a", noon.Add(4*time.Second), noon.Add(4*time.Second)), delegation.ErrReplayed)
	require.NoError(t, use(s, dave, "a", noon.Add(5*time.Second), noon.Add(5*time.Second)))

	w := newScene(t)
	c := config(w)
	c.Replay = nil
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	w.verifier = v
	_, err = w.verify(read)
	refused(t, err, delegation.ErrInvocation, -1)
	require.ErrorIs(t, err, delegation.ErrReplayed)
	w.now = noon.Add(5 * time.Second)
	_, err = w.verify(read)
	require.NoError(t, err)
}

// TestRule13ReplayBounds: an agent that fills its share is refused, others are
// not, and nothing is forgotten early.
func TestRule13ReplayBounds(t *testing.T) {
	s := delegation.NewVolatileReplay(noon, 0)
	n := 0
	for ; use(s, dave, fmt.Sprint(n), noon, noon) == nil; n++ {
		require.Less(t, n, 1<<16)
	}
	require.ErrorIs(t, use(s, dave, "one more", noon, noon), delegation.ErrReplayFull)
	require.ErrorIs(t, use(s, dave, "0", noon, noon), delegation.ErrReplayed)
	require.NoError(t, use(s, carol, "0", noon, noon))

	end := noon.Add(65 * time.Second)
	require.ErrorIs(t, use(s, dave, "0", noon, end), delegation.ErrReplayed)
	require.ErrorIs(t, use(s, dave, "one more", end, end), delegation.ErrReplayFull)
	later := end.Add(time.Second)
	require.NoError(t, use(s, dave, "one more", later, later))
}

// TestRule13ReplayOfSubAgents: an agent that makes up sub-agents without end fills
// its share with all of them, and not that of an agent beside it.
func TestRule13ReplayOfSubAgents(t *testing.T) {
	s := delegation.NewVolatileReplay(noon, 0)
	ids := make([]did.DID, 200)
	for i := range ids {
		ids[i] = personas.New(fmt.Sprint("made up ", i)).DID()
	}
	invoke := func(n int, now time.Time, path ...string) error {
		return s.Use(context.Background(), delegation.Use{
			Issuer: ids[n%len(ids)], ID: fmt.Sprint(n), IssuedAt: now, Until: now.Add(65 * time.Second), Now: now, Path: path,
		})
	}
	n := 0
	for ; invoke(n, noon, "root", "first", "hostile", fmt.Sprint(n/1000)) == nil; n++ {
		require.Less(t, n, 1<<20)
	}
	require.Greater(t, n, 1<<18, "which is a large share")
	require.ErrorIs(t, invoke(n, noon, "root", "first", "hostile"), delegation.ErrReplayFull)
	require.ErrorIs(t, invoke(0, noon, "root", "first", "hostile"), delegation.ErrReplayed)
	require.NoError(t, invoke(n, noon, "root", "first", "beside"))
	require.NoError(t, invoke(n+1, noon, "root", "second"))
	require.NoError(t, invoke(n+2, noon, "other root", "first"))

	later := noon.Add(66 * time.Second)
	for i := range 1000 {
		require.NoError(t, invoke(i, later, "root", "first", "hostile", "again"), "what is over takes no room")
	}
}

// TestRule13OneOfMany: of any number of verifications of one invocation at once,
// exactly one succeeds.
func TestRule13OneOfMany(t *testing.T) {
	w := newScene(t)
	tok, wire := w.invoke(read), w.wire()
	var wg sync.WaitGroup
	var mu sync.Mutex
	accepted := 0
	for range 32 {
		wg.Go(func() {
			if _, err := w.verifier.Verify(context.Background(), wire, tok, read); err == nil {
				mu.Lock()
				accepted++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, accepted)
}

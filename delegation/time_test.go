package delegation_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
)

// TestTimeLeapSecond: a leap second has no text here. A link whose time is one is
// refused and never taken for the second before or after; counted in seconds since
// 1970 it is the second after, as POSIX has it.
func TestTimeLeapSecond(t *testing.T) {
	w := newScene(t)
	for _, text := range []string{"2016-12-31T23:59:60Z", "2026-12-31T23:59:60Z", "2026-11-23T12:00:60Z", "2026-11-23T11:60:00Z"} {
		for _, member := range []string{"validFrom", "validUntil"} {
			data := forge(t, w.chain, 0, signers, func(p map[string]any) { p[member] = text })
			_, err := w.verifier.VerifyChain(context.Background(), data)
			refused(t, err, delegation.ErrLink, 0)
		}
	}
	// 1483228800 is 2017-01-01T00:00:00Z, and the leap second before it as well.
	w.now = time.Unix(1483228800, 0)
	c := config(w)
	c.Replay = delegation.NewVolatileReplay(w.now.Add(-time.Hour), 0)
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	chain, err := delegation.Root(alice, bob.DID(), authority(t, rootTerms()), delegation.Issue{
		Task: delegation.Task{ID: "t"}, ValidFrom: w.now, ValidUntil: w.now.Add(time.Minute), Status: entry("7"),
	})
	require.NoError(t, err)
	require.Equal(t, "2017-01-01T00:00:00Z", chain.Links()[0].ValidFrom.Format(time.RFC3339))
	h, err := delegation.NewHolder(bob, chain)
	require.NoError(t, err)
	tok, err := h.Invoke(read, delegation.Invoke{Now: w.now})
	require.NoError(t, err)
	_, err = v.Verify(context.Background(), h.ChainJSON(), tok, read)
	require.NoError(t, err)
}

// TestTimeForms: a time is 20 characters, and one instant has one text.
func TestTimeForms(t *testing.T) {
	w := newScene(t)
	for _, text := range []string{
		"2026-11-23T24:00:00Z", "2026-02-29T12:00:00Z", "2026-11-23t12:00:00Z", "2026-11-23T12:00:00z", "2026-11-23 12:00:00Z",
		"2026-11-23T12:00:00.0Z", "2026-11-23T12:00:00,5Z", "2026-11-23T12:00:00+00:00", "2026-11-23T3:00:00Z", "2026-11-23T12:00Z",
		"+02026-11-23T12:00:00Z", "2026-11-23T12:00:00Z ", "20261123T120000Z", "2026-W48-1T12:00:00Z", "-026-11-23T12:00:00Z", "",
	} {
		data := forge(t, w.chain, 0, signers, func(p map[string]any) { p["validFrom"] = text })
		_, err := w.verifier.VerifyChain(context.Background(), data)
		refused(t, err, delegation.ErrLink, 0)
	}
	for _, claim := range []any{"1795435200", 1795435200.5, -1, 1e11 * 3, nil} {
		p := payloadOf(t, w.invoke(read))
		p["iat"] = claim
		_, err := w.verifier.Verify(context.Background(), w.wire(), token(t, dave, "agent-invocation+jwt", p), read)
		refused(t, err, delegation.ErrInvocation, -1)
	}
}

// TestTimeInvocationSkew: both ends of an invocation's time, to the nanosecond.
func TestTimeInvocationSkew(t *testing.T) {
	for name, tt := range map[string]struct {
		now time.Time
		ok  bool
	}{
		"5 s before iat":     {noon.Add(-5 * time.Second), true},
		"more than 5 before": {noon.Add(-5*time.Second - 1), false},
		"just before exp+s":  {noon.Add(65*time.Second - 1), true},
		"at exp+s":           {noon.Add(65 * time.Second), false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newScene(t)
			tok := w.invoke(read)
			w.now = tt.now
			_, err := w.verifier.Verify(context.Background(), w.wire(), tok, read)
			if tt.ok {
				require.NoError(t, err)
				return
			}
			refused(t, err, delegation.ErrInvocation, -1)
		})
	}
	w := newScene(t)
	c := config(w)
	c.Skew, c.InvocationSkew = -1, -1 // none
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	tok := w.invoke(read)
	w.now = noon.Add(-1)
	_, err = v.Verify(context.Background(), w.wire(), tok, read)
	refused(t, err, delegation.ErrInvocation, -1)
	w.now = noon.Add(time.Minute)
	_, err = v.Verify(context.Background(), w.wire(), tok, read)
	refused(t, err, delegation.ErrInvocation, -1)
	w.now = noon.Add(time.Minute - 1) // the clock went back by a nanosecond: none is forgiven
	_, err = v.Verify(context.Background(), w.wire(), tok, read)
	refused(t, err, delegation.ErrTime, -1)
}

// TestTimeClockBack: what counts is the latest reading ever, however the clock got
// there, and every way in refuses; it is forgiven once the clock has caught up.
func TestTimeClockBack(t *testing.T) {
	w := newScene(t)
	_, err := w.verify(read)
	require.NoError(t, err)
	w.now = noon.Add(40 * time.Second)
	_, err = w.verify(read)
	require.NoError(t, err)
	for _, at := range []time.Duration{10 * time.Second, 20 * time.Second, 10 * time.Second} { // each within 30 s of the latest, not of one another
		w.now = noon.Add(at)
		_, err = w.verify(read)
		require.NoError(t, err)
	}
	w.now = noon.Add(9 * time.Second)
	_, err = w.verify(read)
	r := refused(t, err, delegation.ErrTime, -1)
	require.Contains(t, r.Error(), "the verifier's clock went back")
	_, err = w.verifier.Present(w.invoke(read))
	refused(t, err, delegation.ErrTime, -1)
	_, err = w.verifier.VerifyWith(context.Background(), w.wire(), w.invoke(read), delegation.Shown{}, read)
	refused(t, err, delegation.ErrTime, -1)
	w.now = noon.Add(10 * time.Second)
	_, err = w.verify(read)
	require.NoError(t, err)
}

// TestTimeClockBackIsNoReplay: an invocation that is over, and timely again since
// the clock went back, was used all the same, also when the store made room.
func TestTimeClockBackIsNoReplay(t *testing.T) {
	w := newScene(t)
	tok := w.invoke(read)
	_, err := w.verifier.Verify(context.Background(), w.wire(), tok, read)
	require.NoError(t, err)
	for range 4095 {
		_, err = w.verify(read)
		require.NoError(t, err)
	}
	w.now = noon.Add(66 * time.Second)
	_, err = w.verify(read) // full: it forgets what it may
	refused(t, err, delegation.ErrInvocation, -1)
	w.now = noon.Add(40 * time.Second)
	_, err = w.verifier.Verify(context.Background(), w.wire(), tok, read)
	refused(t, err, delegation.ErrInvocation, -1)
	w.now = noon.Add(96 * time.Second)
	_, err = w.verify(read)
	require.NoError(t, err)
}

// TestTimeClockIsReadOnce a verification, whatever the clock does meanwhile, and the
// latest reading holds for all goroutines.
func TestTimeClockIsReadOnce(t *testing.T) {
	w := newScene(t)
	var mu sync.Mutex
	reads := 0
	c := config(w)
	c.Now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		reads++
		return noon.Add(time.Duration(reads%7) * time.Second)
	}
	v, err := delegation.NewVerifier(c)
	require.NoError(t, err)
	reads = 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				_, err := v.VerifyChain(context.Background(), w.wire())
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 80, reads)
}

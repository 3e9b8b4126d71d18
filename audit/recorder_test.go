package audit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
)

func TestAuthorityIsTheAgents(t *testing.T) {
	alice, carol, dave := personas.New("alice"), personas.New("carol"), personas.New("dave")
	for name, e := range map[string]audit.Entry{
		"open under the chain of another": open(alice, dave),
		"open with another cap":           {Type: audit.TaskOpen, Task: task, Cap: digest("x"), Chain: chain(alice, carol)},
		"open without chain":              {Type: audit.TaskOpen, Task: task, Cap: digest("x")},
		"open without task":               {Type: audit.TaskOpen, Cap: chain(alice, carol).Digest, Chain: chain(alice, carol)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newRecorder(t, carol, newLog(t), "", clock()).Record(ctx, e)
			require.ErrorIs(t, err, audit.ErrEntry)
		})
	}
	r := newRecorder(t, carol, newLog(t), "", clock())
	record(t, r, open(alice, carol))
	_, err := r.Record(ctx, audit.Entry{Type: audit.Delegate, Chain: chain(alice, dave)})
	require.ErrorIs(t, err, audit.ErrEntry, "a delegation that is not the agent's")
}

func TestRecorderLinksItsEntries(t *testing.T) {
	story := tell(t)
	type writer struct {
		seq  uint64
		prev audit.Hash
	}
	next := map[string]writer{}
	for _, leaf := range story.leaves {
		s, err := audit.ParseSigned(leaf)
		require.NoError(t, err)
		e := s.Entry()
		w := next[e.Agent.String()]
		require.Equal(t, w, writer{e.Seq, e.Prev})
		next[e.Agent.String()] = writer{e.Seq + 1, s.Hash()}
	}
	require.Len(t, next, 3)
}

func TestRecorderRefuses(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	_, err := audit.NewRecorder(nil, newLog(t), audit.RecorderOptions{})
	require.ErrorIs(t, err, audit.ErrRecorder)
	_, err = audit.NewRecorder(carol, nil, audit.RecorderOptions{})
	require.ErrorIs(t, err, audit.ErrRecorder)

	r := newRecorder(t, carol, newLog(t), "", clock())
	require.Nil(t, r.Last())
	_, err = r.Record(ctx, intent(t, "db/read"))
	require.ErrorIs(t, err, audit.ErrRecorder, "no task is open")
	record(t, r, open(alice, carol))
	_, err = r.Record(ctx, open(alice, carol))
	require.ErrorIs(t, err, audit.ErrRecorder, "a second open")
	_, err = r.Record(ctx, permit(t, "db/read", alice, carol))
	require.ErrorIs(t, err, audit.ErrEntry, "an agent decides nothing")

	for name, change := range map[string]func(*audit.Entry){
		"agent": func(e *audit.Entry) { e.Agent = alice.DID() },
		"role":  func(e *audit.Entry) { e.Role = audit.RoleVerifier },
		"seq":   func(e *audit.Entry) { e.Seq = 9 },
		"prev":  func(e *audit.Entry) { e.Prev = audit.LeafHash(nil) },
		"time":  func(e *audit.Entry) { e.Time = start },
	} {
		e := intent(t, "db/read")
		change(&e)
		_, err = r.Record(ctx, e)
		require.ErrorIs(t, err, audit.ErrRecorder, name)
	}
	require.EqualValues(t, 0, r.Last().Entry().Seq, "a refused entry takes no number")
	record(t, r, audit.Entry{Type: audit.TaskClose})
	_, err = r.Record(ctx, intent(t, "db/read"))
	require.ErrorIs(t, err, audit.ErrRecorder, "closed")
}

func TestRecorderNamesWhatItSaw(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	log := newLog(t)
	r := newRecorder(t, carol, log, "", clock())
	require.Nil(t, record(t, r, open(alice, carol)).Entry().Anchor)
	older, newer := log.Checkpoint(), publish(t, log)
	r.Seen(newer)
	r.Seen(older)
	r.Seen(nil)
	require.Equal(t, newer.Anchor(), record(t, r, intent(t, "db/read")).Entry().Anchor)
}

// The zero options are an agent's that reads the system's clock.
func TestRecorderOptionsZero(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	r, err := audit.NewRecorder(carol, newLog(t), audit.RecorderOptions{})
	require.NoError(t, err)
	e := record(t, r, open(alice, carol)).Entry()
	require.Equal(t, audit.RoleAgent, e.Role)
	require.WithinDuration(t, time.Now(), e.Time, time.Minute)
}

// downLog is a log that does not answer.
type downLog struct {
	*audit.Log
	down error
	got  int
}

func (l *downLog) Append(ctx context.Context, s *audit.Signed) (audit.Pending, error) {
	l.got++
	if l.down != nil {
		return nil, l.down
	}
	return l.Log.Append(ctx, s)
}

// A log that is down blocks the writer, and what was signed is sent again as it
// is: an entry signed anew would be equivocation.
func TestRecorderWaitsForTheLog(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	down := errors.New("down")
	log := &downLog{Log: newLog(t)}
	r := newRecorder(t, carol, log, "", clock())
	record(t, r, open(alice, carol))
	log.down = down
	signed, err := r.Record(ctx, intent(t, "db/read"))
	require.ErrorIs(t, err, down)
	require.Nil(t, signed.Pending())
	require.Equal(t, audit.Unrecorded, signed.Level(ctx))
	require.Equal(t, 1, r.Waiting())
	require.EqualValues(t, 1, signed.Signed().Entry().Seq)
	again, err := r.Record(ctx, intent(t, "db/write"))
	require.ErrorIs(t, err, down)
	require.Nil(t, again)
	require.ErrorIs(t, r.Flush(ctx), down)
	log.down = nil
	require.NoError(t, r.Flush(ctx))
	require.Equal(t, audit.Volatile, signed.Level(ctx))
	next := record(t, r, intent(t, "db/write"))
	require.EqualValues(t, 2, next.Entry().Seq)
	require.Equal(t, signed.Hash(), next.Entry().Prev)
	require.EqualValues(t, 3, publish(t, log.Log).Size())
	require.Equal(t, audit.Published, signed.Level(ctx))
}

func TestRecorderIsSafeForConcurrentUse(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	log := newLog(t)
	r := newRecorder(t, carol, log, "", func() time.Time { return start })
	record(t, r, open(alice, carol))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := r.Record(ctx, intent(t, "db/read"))
			require.NoError(t, err)
			r.Seen(log.Checkpoint())
		})
	}
	wg.Wait()
	require.EqualValues(t, 21, publish(t, log).Size())
	require.EqualValues(t, 20, r.Last().Entry().Seq)
}

// A clock that is set back does not make a writer contradict its own order.
func TestRecorderTimeDoesNotGoBack(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	now := start
	r := newRecorder(t, carol, newLog(t), "", func() time.Time { return now })
	record(t, r, open(alice, carol))
	for _, c := range []struct{ clock, want time.Time }{
		{start.Add(-time.Hour), start}, {start, start}, {start.Add(time.Second), start.Add(time.Second)},
	} {
		now = c.clock
		e := intent(t, "db/read")
		require.Equal(t, c.want, record(t, r, e).Entry().Time)
	}
}

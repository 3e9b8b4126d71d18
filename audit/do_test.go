package audit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
)

// doer is carol with an open task and a log that can be down.
func doer(t *testing.T, o audit.RecorderOptions) (*audit.Recorder, *downLog) {
	log := &downLog{Log: newLog(t)}
	o.Now = clock()
	r, err := audit.NewRecorder(personas.New("carol"), log, o)
	require.NoError(t, err)
	record(t, r, open(personas.New("alice"), personas.New("carol")))
	return r, log
}

func TestDoWritesBeforeAndAfter(t *testing.T) {
	failed := errors.New("failed")
	for name, tt := range map[string]struct {
		result audit.Result
		err    error
		want   audit.Outcome
	}{
		"ok":        {audit.Result{Output: salted(t, audit.DomainOutput, "42")}, nil, audit.OutcomeOK},
		"error":     {audit.Result{}, failed, audit.OutcomeError},
		"timeout":   {audit.Result{}, context.DeadlineExceeded, audit.OutcomeTimeout},
		"cancelled": {audit.Result{}, context.Canceled, audit.OutcomeCancelled},
		"denied":    {audit.Result{Outcome: audit.OutcomeDenied}, failed, audit.OutcomeDenied},
	} {
		t.Run(name, func(t *testing.T) {
			r, log := doer(t, audit.RecorderOptions{})
			e := intent(t, "db/read")
			done, err := r.Do(ctx, e, func(context.Context) (audit.Result, error) {
				require.EqualValues(t, 2, publish(t, log.Log).Size(), "the intent is in the log before the act")
				return tt.result, tt.err
			})
			require.ErrorIs(t, err, tt.err)
			after := done.Result.Signed().Entry()
			require.Equal(t, audit.ActionIntent, done.Intent.Signed().Entry().Type)
			require.Equal(t, audit.ActionResult, after.Type)
			require.Equal(t, done.Intent.Hash(), after.Intent)
			require.Equal(t, e.Invocation, after.Invocation)
			require.Equal(t, tt.want, after.Outcome)
			require.Equal(t, tt.result.Output, after.Output)
		})
	}
}

func TestDoRecordsAfterTheContextEnded(t *testing.T) {
	r, _ := doer(t, audit.RecorderOptions{})
	ctx, cancel := context.WithCancel(ctx)
	done, err := r.Do(ctx, intent(t, "db/read"), func(context.Context) (audit.Result, error) {
		cancel()
		return audit.Result{}, nil
	})
	require.NoError(t, err)
	require.Equal(t, audit.OutcomeOK, done.Result.Signed().Entry().Outcome)
}

func TestDoRecordsAPanic(t *testing.T) {
	r, _ := doer(t, audit.RecorderOptions{})
	require.PanicsWithValue(t, "boom", func() {
		_, _ = r.Do(ctx, intent(t, "db/read"), func(context.Context) (audit.Result, error) { panic("boom") })
	})
	require.Equal(t, audit.OutcomeUnknown, r.Last().Entry().Outcome)
}

func TestDoBlocksWhatItCannotRecord(t *testing.T) {
	r, log := doer(t, audit.RecorderOptions{})
	log.down = errors.New("down")
	done, err := r.Do(ctx, intent(t, "db/read"), func(context.Context) (audit.Result, error) {
		t.Fatal("done unrecorded")
		return audit.Result{}, nil
	})
	require.ErrorIs(t, err, audit.ErrUndone)
	require.ErrorIs(t, err, log.down)
	require.Nil(t, done)
	require.Zero(t, r.Unrecorded())
}

func TestDoDegradesWhereItMay(t *testing.T) {
	r, log := doer(t, audit.RecorderOptions{AllowUnrecorded: true})
	log.down = errors.New("down")
	acted := 0
	act := func(context.Context) (audit.Result, error) { acted++; return audit.Result{}, nil }
	done, err := r.Do(ctx, intent(t, "db/read"), act)
	require.NoError(t, err)
	require.Equal(t, audit.Unrecorded, done.Intent.Level(ctx))
	require.Nil(t, done.Result)
	_, err = r.Do(ctx, intent(t, "db/read"), act)
	require.NoError(t, err)
	require.Equal(t, 2, acted)
	require.EqualValues(t, 2, r.Unrecorded())
	log.down = nil
	_, err = r.Do(ctx, intent(t, "db/write"), act)
	require.NoError(t, err)
	require.EqualValues(t, 4, publish(t, log.Log).Size(), "open, the intent that waited, and both of the last")
}

// lostDisk is a journal whose disk is gone after some entries.
type lostDisk struct{ left int }

var errDisk = errors.New("disk")

func (*lostDisk) Load(context.Context) (*audit.Signed, []*audit.Signed, error) { return nil, nil, nil }
func (*lostDisk) Taken(context.Context, *audit.Signed) error                   { return nil }
func (f *lostDisk) Add(context.Context, *audit.Signed) error {
	if f.left--; f.left < 0 {
		return errDisk
	}
	return nil
}

func TestRecorderWithAJournal(t *testing.T) {
	t.Run("does not wait for the log, and bounds what waits", func(t *testing.T) {
		r, log := doer(t, audit.RecorderOptions{Journal: &lostDisk{left: 10}, MaxWaiting: 3})
		log.down = errors.New("down")
		for range 2 {
			rec, err := r.Record(ctx, intent(t, "db/read"))
			require.NoError(t, err)
			require.Equal(t, audit.Journaled, rec.Level(ctx))
		}
		require.Zero(t, log.got)
		_, err := r.Record(ctx, intent(t, "db/read"))
		require.ErrorIs(t, err, audit.ErrWaiting)
		require.ErrorIs(t, r.Flush(ctx), log.down)
		require.Equal(t, 3, r.Waiting())
		log.down = nil
		require.NoError(t, r.Flush(ctx))
		require.Zero(t, r.Waiting())
		_, err = r.Record(ctx, intent(t, "db/read"))
		require.NoError(t, err)
	})
	t.Run("writes no more once it failed", func(t *testing.T) {
		r, _ := doer(t, audit.RecorderOptions{Journal: &lostDisk{left: 1}})
		_, err := r.Record(ctx, intent(t, "db/read"))
		require.ErrorIs(t, err, errDisk)
		_, err = r.Record(ctx, intent(t, "db/read"))
		require.ErrorIs(t, err, audit.ErrRecorder)
	})
}

func TestLevelNames(t *testing.T) {
	require.Equal(t, "unrecorded volatile journaled durable published level 9",
		audit.Unrecorded.String()+" "+audit.Volatile.String()+" "+audit.Journaled.String()+" "+
			audit.Durable.String()+" "+audit.Published.String()+" "+audit.Level(9).String())
}

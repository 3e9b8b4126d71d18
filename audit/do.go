package audit

import (
	"context"
	"errors"
	"fmt"
)

// Result is what came of an action, as its own code says.
type Result struct {
	Outcome Outcome // empty: by the error, OutcomeOK for none
	Output  string  // salted digest; empty: none
}

// Done is an action with its record.
type Done struct {
	Intent *Recorded // nil where the action went on without it; Unrecorded where the log has not taken it
	Result *Recorded // nil where it could not be recorded
}

// Do records what is about to be done, does it, and records what came of it. intent
// says what an ActionIntent says; its type is set. An action whose intent cannot be
// recorded is not done, unless AllowUnrecorded lets it. What act returns is recorded
// even if the context has ended meanwhile, and so is a panic, as OutcomeUnknown,
// before it goes on.
//
// The error is act's, joined with that of the record, if any.
func (r *Recorder) Do(ctx context.Context, intent Entry, act func(ctx context.Context) (Result, error)) (*Done, error) {
	intent.Type = ActionIntent
	before, err := r.Record(ctx, intent)
	if err != nil && !r.opts.AllowUnrecorded {
		return nil, fmt.Errorf("%w: not done: %w", ErrUndone, err)
	}
	if err != nil {
		r.mu.Lock()
		r.unrecorded++
		r.mu.Unlock()
		_, acted := act(ctx)
		return &Done{Intent: before}, acted
	}
	done := &Done{Intent: before}
	after := Entry{Type: ActionResult, Task: intent.Task, Intent: before.Hash(), Invocation: intent.Invocation, Outcome: OutcomeUnknown}
	finished := false
	defer func() {
		if !finished { // act panics: say so before the panic goes on
			_, _ = r.Record(context.WithoutCancel(ctx), after)
		}
	}()
	result, acted := act(ctx)
	finished = true
	after.Outcome, after.Output = result.outcome(acted), result.Output
	if done.Result, err = r.Record(context.WithoutCancel(ctx), after); err != nil {
		err = fmt.Errorf("audit: done, and its result is not recorded: %w", err)
	}
	return done, errors.Join(acted, err)
}

func (r Result) outcome(err error) Outcome {
	switch {
	case r.Outcome != "":
		return r.Outcome
	case err == nil:
		return OutcomeOK
	case errors.Is(err, context.DeadlineExceeded):
		return OutcomeTimeout
	case errors.Is(err, context.Canceled):
		return OutcomeCancelled
	}
	return OutcomeError
}

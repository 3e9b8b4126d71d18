package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// script is the story: one team is guarded, let back and later revoked, another is
// guarded by a risk event, and each step waits for every verifier.
func (w *world) script(ctx context.Context) error {
	const sold, odd = 1 + 3, 1 + 5 // teams 3 and 5
	if err := until(ctx, 2*patience, w.board.started); err != nil {
		return fmt.Errorf("not every agent got an answer: %w", err)
	}
	w.board.note("fleet", "%d agents in %d teams call %d services all the time", teams*agents, teams, len(w.services))
	for _, s := range w.services {
		w.board.note(s.name, "promises %s: %s", s.promise(), s.how)
	}
	for _, step := range []func() error{
		func() error { return w.operator.order(ctx, sold, revocation.Guarded, 1) },
		func() error { return w.operator.order(ctx, sold, revocation.Guarded, 0) },
		func() error { return w.engine.raise(ctx, nameOf(odd), "MEDIUM") },
		func() error { return w.operator.order(ctx, sold, revocation.Revocation, 1) },
	} {
		if err := step(); err != nil {
			return err
		}
		if err := w.honoured(ctx); err != nil {
			return err
		}
	}
	if err := w.operator.order(ctx, sold, revocation.Revocation, 0); !errors.Is(err, revocation.ErrFinal) {
		return fmt.Errorf("taking the revocation back: %w, want that it is final", err)
	}
	w.board.note("operator", "a revocation cannot be taken back")
	return wait(ctx, time.Second) // what was seen stays seen
}

// honoured waits until every verifier honours all that was said, for no longer than
// the longest promise.
func (w *world) honoured(ctx context.Context) error {
	longest := time.Duration(0)
	for _, s := range w.services {
		longest = max(longest, s.promise())
	}
	err := until(ctx, longest, func() bool { return !w.board.pending(everyone) })
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // the verdict names who did not
	}
	return err
}

// until waits for something, at most for so long.
func until(ctx context.Context, most time.Duration, done func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !done() {
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// sumUp prints what each verifier took, and returns what went wrong.
func (w *world) sumUp(out io.Writer) error {
	err := w.board.verdict(time.Now())
	_, _ = io.WriteString(out, w.board.summary(time.Now()))
	if err == nil {
		_, _ = io.WriteString(out, "Everybody was honoured in time, and nobody was hurt.\n")
	}
	return err
}

// summary is the table of delays, and the sums.
func (b *board) summary(now time.Time) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var s strings.Builder
	fmt.Fprintf(&s, "\n%-14s  %-10s  %-12s", "honoured after", "by", "published")
	for _, w := range b.ways {
		fmt.Fprintf(&s, "  %8s", w.name)
	}
	for _, a := range b.acts {
		fmt.Fprintf(&s, "\n%-14s  %-10s  %s", a, a.by, a.at.Format("15:04:05.000"))
		for v := range b.ways {
			fmt.Fprintf(&s, "  %8s", a.took(v, now))
		}
	}
	fmt.Fprintf(&s, "\n%-40s", "promised within")
	for _, w := range b.ways {
		fmt.Fprintf(&s, "  %8s", w.promise())
	}
	outside, untouched := 0, 0
	for t := range teams {
		calls, touched := 0, false
		for v := range b.cells {
			c := &b.cells[v][t]
			calls += c.answers
			touched = touched || !c.since.IsZero() || len(c.next) > 0
		}
		if !touched {
			outside, untouched = outside+calls, untouched+1
		}
	}
	fmt.Fprintf(&s, "\n\n%d calls: %d allowed, %d refused as guarded, %d as revoked, %d wrongly\n",
		b.calls, b.allowed, b.refused[vc.Guarded], b.refused[vc.Revoked], b.hurt)
	fmt.Fprintf(&s, "%d of them by the %d teams that nothing was said about\n", outside, untouched)
	return s.String()
}

// took is how long a verifier took, or has been taking.
func (a *act) took(verifier int, now time.Time) string {
	if at := a.honoured[verifier]; !at.IsZero() {
		return short(at.Sub(a.at))
	}
	return short(now.Sub(a.at)) + " .."
}

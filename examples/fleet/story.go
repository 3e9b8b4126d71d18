package main

import (
	"fmt"
	"io"
	"time"

	"github.com/taperid/taper/delegation"
)

const (
	budgetEach = 12 // what all agents together may spend, in credits, for each of them
	guarded    = 3  // the team that is guarded
	revoked    = 7  // the team that is revoked
)

func run(out io.Writer, live bool, agents, workers int) error {
	if agents < teams || agents%teams != 0 || workers < 1 {
		return fmt.Errorf("%d agents, %d workers: want a multiple of %d, and 1 or more", agents, workers, teams)
	}
	start := time.Now()
	budget := int64(agents * budgetEach)
	f, err := newFleet(budget)
	if err != nil {
		return err
	}
	if err := f.hire(agents); err != nil {
		return err
	}
	hired := time.Since(start)
	say(out, "%d agents in %d teams, minted in %s; %d credits for all of them\n\n", agents, teams, hired.Round(time.Millisecond), budget)

	n, team := agents, agents/teams
	everyone := want{allowed: n}
	for _, step := range []step{
		{name: "everyone reads", action: "db/read", cost: 1, want: everyone},
		{name: "everyone writes, at twice the price", action: "db/write", cost: 2, want: everyone},
		{name: "everyone reads, and nothing comes of it", action: "db/read", cost: 3, release: true, want: everyone},
		{name: "team 3 is guarded; everyone writes", before: f.guard(guarded, true), action: "db/write", cost: 1, want: want{allowed: n - team, refused: team, rule: delegation.ErrNotAllowed}},
		{name: "everyone reads", action: "db/read", cost: 1, want: everyone},
		{name: "team 3 is let back; everyone writes", before: f.guard(guarded, false), action: "db/write", cost: 1, want: everyone},
		{name: "team 7 is revoked meanwhile", during: f.revoke(revoked), passes: 4, action: "db/read", cost: 1, want: want{allowed: -1, rule: delegation.ErrStatus}},
	} {
		if err := f.do(out, live, workers, step); err != nil {
			return err
		}
	}
	left := budget - f.total.spent.Load()
	last := step{name: "the rest is spent", action: "db/read", cost: 1, passes: budgetEach, want: want{allowed: int(left), rule: delegation.ErrBudget}}
	last.skip = revoked
	if err := f.do(out, live, workers, last); err != nil {
		return err
	}
	return f.summary(out, budget, time.Since(start))
}

// summary prints what was counted and checks that it adds up.
func (f *fleet) summary(out io.Writer, budget int64, took time.Duration) error {
	t := &f.total
	calls, allowed, released := t.calls.Load(), t.allowed.Load(), t.released.Load()
	say(out, "\n%8d calls in %s\n%8d allowed, of which %d gave their cost back\n", calls, took.Round(time.Millisecond), allowed, released)
	sum := allowed
	for rule := delegation.ErrChain; rule <= delegation.ErrConstrained; rule++ {
		if n := t.refused[rule].Load(); n > 0 {
			say(out, "%8d refused by rule %d\n", n, rule)
			sum += n
		}
	}
	say(out, "%8d credits spent of %d\n", t.spent.Load(), budget)
	switch {
	case sum != calls:
		return fmt.Errorf("%d answers to %d calls", sum, calls)
	case t.spent.Load() != budget:
		return fmt.Errorf("%d credits spent, want exactly %d", t.spent.Load(), budget)
	case t.late.Load() != 0:
		return fmt.Errorf("%d calls of a revoked team were allowed", t.late.Load())
	}
	say(out, "\nEverything went as told.\n")
	return nil
}

func say(out io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }

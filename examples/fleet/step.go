package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/taperid/taper/delegation"
)

// step is one thing that all agents do, each passes times.
type step struct {
	name           string
	before, during func() error // what the operator does: before it, half-way
	action         string
	cost           int64
	passes         int  // 0: one
	skip           int  // a team that stays away; 0: none
	release        bool // the handler finds that nothing was to be done
	want           want
}

// want is what a step must come to: so many allowed (-1: as many as it happens), and
// the rest, so many where it is stated, refused by that rule.
type want struct {
	allowed, refused int
	rule             delegation.Rule
}

// tally counts answers.
type tally struct {
	calls, allowed, released, spent, late atomic.Int64
	refused                               [delegation.ErrConstrained + 1]atomic.Int64
}

// do runs a step and checks what came of it.
func (f *fleet) do(out io.Writer, live bool, workers int, s step) error {
	if s.before != nil {
		if err := s.before(); err != nil {
			return err
		}
	}
	var t tally
	calls := f.calls(s)
	queue, stop := make(chan int), make(chan struct{})
	failed := make(chan error, workers)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range queue {
				if err := f.call(&t, i, s); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	go func() { wg.Wait(); close(stop) }()
	err := f.feed(out, live, s, calls, queue, stop)
	close(queue)
	<-stop
	select {
	case err = <-failed:
	default:
	}
	if err != nil {
		return err
	}
	progress(out, live, s.name, len(calls), len(calls), &t)
	f.total.add(&t)
	return s.want.check(s.name, &t)
}

// calls lists whose turn it is, call by call.
func (f *fleet) calls(s step) (calls []int) {
	for range max(1, s.passes) {
		for i := range f.agents {
			if s.skip == 0 || i%teams != s.skip {
				calls = append(calls, i)
			}
		}
	}
	return calls
}

// feed hands the calls out, shows how far they are, and lets the operator act when
// half of them are.
func (f *fleet) feed(out io.Writer, live bool, s step, calls []int, queue chan<- int, stop <-chan struct{}) error {
	for n, i := range calls {
		if n == len(calls)/2 && s.during != nil {
			if err := s.during(); err != nil {
				return err
			}
		}
		if live && n%50 == 0 {
			progress(out, live, s.name, n, len(calls), nil)
		}
		select {
		case queue <- i:
		case <-stop:
			return nil // a worker failed
		}
	}
	return nil
}

// progress writes over the line before on a terminal, and elsewhere one line when
// all is done.
func progress(out io.Writer, live bool, name string, done, all int, t *tally) {
	const width = 24
	if live {
		bar := strings.Repeat("#", width*done/all)
		say(out, "\r  [%-*s] %-42s %6d/%d", width, bar, name, done, all)
	}
	if t == nil {
		return
	}
	if live {
		say(out, "\r\x1b[K")
	}
	say(out, "  %-42s %6d calls %6d allowed", name, all, t.allowed.Load())
	for rule := range t.refused {
		if n := t.refused[rule].Load(); n > 0 {
			say(out, " %6d refused by rule %d", n, rule)
		}
	}
	say(out, "\n")
}

// call lets one agent act, and counts the answer. An error is something that the
// verifier should never answer.
func (f *fleet) call(t *tally, i int, s step) error {
	agent, gone := f.agents[i], f.gone.Load()
	req := delegation.Request{Action: s.action, Resource: service + "/sales/2026", Audience: service}
	token, err := agent.Invoke(req, delegation.Invoke{Now: f.now()})
	if err != nil {
		return err
	}
	req.Amounts = map[string]int64{"credit": s.cost}
	allowed, err := f.verifier.Verify(context.Background(), agent.ChainJSON(), token, req)
	t.calls.Add(1)
	var refusal *delegation.Refusal
	switch {
	case errors.As(err, &refusal):
		t.refused[refusal.Rule].Add(1)
		return nil
	case err != nil:
		return err
	}
	t.allowed.Add(1)
	if gone && i%teams == revoked {
		t.late.Add(1)
	}
	if s.release {
		t.released.Add(1)
		return allowed.Release(context.Background())
	}
	t.spent.Add(s.cost)
	return allowed.Commit(context.Background())
}

func (t *tally) add(u *tally) {
	t.calls.Add(u.calls.Load())
	t.allowed.Add(u.allowed.Load())
	t.released.Add(u.released.Load())
	t.spent.Add(u.spent.Load())
	t.late.Add(u.late.Load())
	for rule := range t.refused {
		t.refused[rule].Add(u.refused[rule].Load())
	}
}

// check compares a tally with what was wanted.
func (w want) check(name string, t *tally) error {
	calls, allowed := t.calls.Load(), t.allowed.Load()
	by := int64(0)
	if w.rule != 0 {
		by = t.refused[w.rule].Load()
	}
	switch {
	case allowed+by != calls:
		return fmt.Errorf("%s: %d calls, %d allowed and %d refused by rule %d: some by another rule", name, calls, allowed, by, w.rule)
	case w.allowed >= 0 && allowed != int64(w.allowed):
		return fmt.Errorf("%s: %d allowed, want %d", name, allowed, w.allowed)
	case w.refused > 0 && by != int64(w.refused), w.rule != 0 && by == 0:
		return fmt.Errorf("%s: %d refused by rule %d, want %d", name, by, w.rule, w.refused)
	}
	return nil
}

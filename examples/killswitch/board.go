package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// act is one change of a subtree's mode.
type act struct {
	by       string
	subtree  int
	purpose  string
	value    uint8
	said     time.Time // when it was ordered
	at       time.Time // when it was published
	left     []int     // by verifier: teams that it has not been seen to honour this for
	honoured []time.Time
}

func (a *act) String() string {
	verb := "guard"
	switch {
	case a.purpose == revocation.Revocation:
		verb = "revoke"
	case a.value == 0:
		verb = "lift"
	}
	return verb + " " + nameOf(a.subtree)
}

// cell is what a verifier does with a team.
type cell struct {
	mode    vc.Mode   // as its answers show
	since   time.Time // when it was first seen
	next    []step    // what was published since, in order
	answers int
}

// step is a mode that was published, and the act that it is of.
type step struct {
	mode vc.Mode
	act  *act
}

// board is what the operator said and what agents saw of it.
type board struct {
	ways []way

	mu       sync.Mutex
	said     [subtrees]struct{ guarded, revoked bool }
	cells    [][teams]cell // by verifier
	acts     []*act
	calls    int
	allowed  int
	refused  map[vc.Mode]int
	hurt     int // answers that nobody should have got
	firstBad string
	lines    []string
	out      func(line string)
}

func newBoard(ways []way) *board {
	b := &board{ways: ways, cells: make([][teams]cell, len(ways)), refused: make(map[vc.Mode]int)}
	for v := range b.cells {
		for t := range b.cells[v] {
			b.cells[v][t].mode = vc.Normal
		}
	}
	return b
}

// print has every line from now on written out, too.
func (b *board) print(out func(line string)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.lines {
		out(line)
	}
	b.out = out
}

func (b *board) log(at time.Time, who, format string, args ...any) {
	line := fmt.Sprintf("%s  %-10s  %s", at.Format("15:04:05.000"), who, fmt.Sprintf(format, args...))
	b.lines = append(b.lines, line)
	if b.out != nil {
		b.out(line)
	}
}

// note is a line that is no act.
func (b *board) note(who, format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log(time.Now(), who, format, args...)
}

// wanted is the mode that a team is to have: the worst of its own and everyone's.
func (b *board) wanted(team int) vc.Mode {
	mode := vc.Normal
	for _, s := range []int{everyone, 1 + team} {
		if b.said[s].guarded {
			mode = max(mode, vc.Guarded)
		}
		if b.said[s].revoked {
			mode = max(mode, vc.Revoked)
		}
	}
	return mode
}

// published takes in that acts are now to be had.
func (b *board) published(acts []*act, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range acts {
		a.at, a.left, a.honoured = at, make([]int, len(b.ways)), make([]time.Time, len(b.ways))
		if a.purpose == revocation.Revocation {
			b.said[a.subtree].revoked = a.value != 0
		} else {
			b.said[a.subtree].guarded = a.value != 0
		}
		concerned := 0
		for t := range teams {
			if a.subtree == everyone || a.subtree == 1+t {
				concerned += b.expect(t, a)
			}
		}
		if concerned == 0 {
			b.log(at, a.by, "%-14s changes nothing", a)
			continue
		}
		b.acts = append(b.acts, a)
		b.log(at, a.by, "%-14s published", a)
	}
}

// expect makes the verifiers' next step with a team that of the act, and returns
// for how many that is one.
func (b *board) expect(team int, a *act) (n int) {
	for v := range b.cells {
		c := &b.cells[v][team]
		last := c.mode
		if len(c.next) > 0 {
			last = c.next[len(c.next)-1].mode
		}
		if want := b.wanted(team); want != last {
			c.next = append(c.next, step{want, a})
			a.left[v]++
			n++
		}
	}
	return n
}

// answer takes in what an agent got for a call: the modes that it can come of, none
// for one that no mode explains.
func (b *board) answer(verifier, team int, began time.Time, modes []vc.Mode, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	c := &b.cells[verifier][team]
	c.answers++
	b.calls++
	switch {
	case len(modes) == 0:
	case modes[0] == vc.Normal:
		b.allowed++
	default:
		b.refused[modes[0]]++
	}
	if slices.Contains(modes, c.mode) {
		return // as before
	}
	for i := len(c.next) - 1; i >= 0; i-- {
		if slices.Contains(modes, c.next[i].mode) {
			b.honour(verifier, c, i, now)
			return
		}
	}
	if len(modes) > 0 && began.Before(c.since) {
		return // judged before what was seen meanwhile
	}
	b.hurt++
	if why = fmt.Sprintf("%s answered team %d, which it had as %s: %s", b.ways[verifier].name, team, c.mode, why); b.firstBad == "" {
		b.firstBad = why
		b.log(now, b.ways[verifier].name, "WRONG: %s", why)
	}
}

// honour takes the steps up to number i as done: a later one is no milder, or comes
// only when the one before is seen.
func (b *board) honour(verifier int, c *cell, i int, now time.Time) {
	for _, s := range c.next[:i+1] {
		a := s.act
		if a.left[verifier]--; a.left[verifier] == 0 {
			a.honoured[verifier] = now
			b.log(now, b.ways[verifier].name, "%-14s honoured after %s", a, short(now.Sub(a.at)))
		}
	}
	c.mode, c.since, c.next = c.next[i].mode, now, slices.Clone(c.next[i+1:])
}

// pending reports whether a verifier has not been seen to honour what was said of a
// subtree.
func (b *board) pending(subtree int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for v := range b.cells {
		for t := range teams {
			if (subtree == everyone || subtree == 1+t) && len(b.cells[v][t].next) > 0 {
				return true
			}
		}
	}
	return false
}

// started reports whether every team got an answer of every verifier.
func (b *board) started() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for v := range b.cells {
		for t := range teams {
			if b.cells[v][t].answers == 0 {
				return false
			}
		}
	}
	return true
}

// verdict is what went wrong until now, nil for nothing.
func (b *board) verdict(now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hurt > 0 {
		return fmt.Errorf("%d answers that no agent should have got: %s", b.hurt, b.firstBad)
	}
	for _, a := range b.acts {
		for v, w := range b.ways {
			at := a.honoured[v]
			if at.IsZero() {
				at = now
			}
			if took := at.Sub(a.at); took > w.promise() {
				return fmt.Errorf("%s took %s to honour: %s; it promises %s", w.name, short(took), a, w.promise())
			}
		}
	}
	return nil
}

// short writes a duration for people.
func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

const (
	redraw  = 100 * time.Millisecond
	columns = 80
	logged  = 3 // lines that are shown of what happened
)

// The colours of modes; nothing is told by colour alone.
const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
)

// screen draws the world on a terminal, over and over.
type screen struct {
	out      io.Writer
	world    *world
	chosen   int
	scripted bool
}

func newScreen(out io.Writer, w *world, scripted bool) *screen {
	_, _ = io.WriteString(out, "\x1b[?1049h\x1b[?25l") // another screen, no cursor
	return &screen{out: out, world: w, chosen: 1 + 3, scripted: scripted}
}

func (s *screen) close() { _, _ = io.WriteString(s.out, "\x1b[?25h\x1b[?1049l") }

// during draws for as long as do takes.
func (s *screen) during(ctx context.Context, do func(context.Context) error) error {
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	for {
		s.draw(time.Now())
		select {
		case err := <-done:
			return err
		case <-time.After(redraw):
		}
	}
}

// obey does what the keys say until q, the end of the input, or the end of ctx.
func (s *screen) obey(ctx context.Context, keys <-chan rune) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case key, ok := <-keys:
			if !ok || key == 'q' {
				return nil
			}
			s.press(ctx, key)
		}
	}
}

// press does one key. What is published at once may wait for the next second, and
// the screen does not.
func (s *screen) press(ctx context.Context, key rune) {
	b := s.world.board
	b.mu.Lock()
	chosen := s.chosen
	switch key {
	case keyUp:
		s.chosen = max(s.chosen-1, 0)
	case keyDown:
		s.chosen = min(s.chosen+1, subtrees-1)
	}
	b.mu.Unlock()
	order := func(purpose string, value uint8) {
		s.world.running.Go(func() {
			if err := s.world.operator.order(ctx, chosen, purpose, value); err != nil && ctx.Err() == nil {
				b.note("operator", "%v", err)
			}
		})
	}
	switch key {
	case 'g':
		order(revocation.Guarded, 1)
	case 'r':
		order(revocation.Revocation, 1)
	case 'l':
		if b.pending(chosen) {
			b.note("operator", "%s: lift it when every verifier has honoured what was said before", nameOf(chosen))
			return
		}
		order(revocation.Guarded, 0)
	case 'e':
		s.world.running.Go(func() {
			if err := s.world.engine.raise(ctx, nameOf(chosen), "MEDIUM"); err != nil && ctx.Err() == nil {
				b.note("risk event", "%v", err)
			}
		})
	}
}

// draw writes the whole screen over the one before, in one write.
func (s *screen) draw(now time.Time) {
	var out strings.Builder
	for i, line := range s.frame(now) {
		fmt.Fprintf(&out, "\x1b[%d;1H%s%s\x1b[K", i+1, line, plain)
	}
	out.WriteString("\x1b[J")
	_, _ = io.WriteString(s.out, out.String())
}

// frame is what the screen shows, in at most 24 lines of 80 columns.
func (s *screen) frame(now time.Time) (lines []string) {
	b := s.world.board
	b.mu.Lock()
	defer b.mu.Unlock()
	lines = append(lines, fmt.Sprintf("%sTaper killswitch%s   %s   %d calls, %d refused, %d wrongly",
		bold, plain, now.Format("15:04:05"), b.calls, b.refused[vc.Guarded]+b.refused[vc.Revoked], b.hurt))
	head, promise := dim+"  subtree   operator says", dim+fmt.Sprintf("%25s", "promised within")
	for _, w := range b.ways {
		head += fmt.Sprintf(" %12s", w.name)
		promise += fmt.Sprintf(" %12s", w.promise())
	}
	lines = append(lines, head, promise)
	for i := range subtrees {
		lines = append(lines, s.row(i))
	}
	lines = append(lines, "")
	lines = append(lines, s.last(now)...)
	for _, line := range b.lines[max(0, len(b.lines)-logged):] {
		lines = append(lines, dim+cut(line, columns-1))
	}
	if s.scripted {
		return append(lines, dim+"the story runs by itself; ^C ends it")
	}
	return append(lines, "up/down choose   g guard   l lift   r revoke, for good   e risk event   q quit")
}

// row is a subtree: what the operator says and what each verifier does.
func (s *screen) row(subtree int) string {
	b, mark := s.world.board, "  "
	if subtree == s.chosen && !s.scripted {
		mark = bold + "> " + plain
	}
	if subtree == everyone {
		said := vc.Normal
		if b.said[everyone].guarded {
			said = vc.Guarded
		}
		if b.said[everyone].revoked {
			said = vc.Revoked
		}
		return fmt.Sprintf("%s%-10s%s", mark, nameOf(subtree), word(said, 13, false))
	}
	line := fmt.Sprintf("%s%-10s%s", mark, nameOf(subtree), word(b.wanted(subtree-1), 13, false))
	for v := range b.ways {
		c := &b.cells[v][subtree-1]
		line += " " + word(c.mode, 12, len(c.next) > 0)
	}
	return line
}

// word is a mode, with dots while another one is to come.
func word(m vc.Mode, width int, pending bool) string {
	text, colour := m.String(), ""
	switch m {
	case vc.Guarded:
		colour = yellow
	case vc.Revoked, vc.Suspended:
		colour = red
	default:
		colour = dim
	}
	if pending {
		text = ".. " + text
	}
	return fmt.Sprintf("%s%*s%s", colour, width, text, plain)
}

// last is the last act and how far each verifier is with it.
func (s *screen) last(now time.Time) []string {
	b := s.world.board
	if len(b.acts) == 0 {
		return []string{dim + "nothing was said yet", "", "", "", ""}
	}
	a := b.acts[len(b.acts)-1]
	lines := []string{fmt.Sprintf("%s%s%s by the %s, published at %s, after %s",
		bold, a, plain, a.by, a.at.Format("15:04:05.000"), short(a.at.Sub(a.said)))}
	for v, w := range b.ways {
		seen := "not yet     "
		if at := a.honoured[v]; !at.IsZero() {
			seen = at.Format("15:04:05.000")
		}
		lines = append(lines, fmt.Sprintf("  %-7s %s  %9s  %s%s", w.name, seen, a.took(v, now), dim, w.how))
	}
	return lines
}

func cut(text string, n int) string {
	if len(text) > n {
		return text[:n]
	}
	return text
}

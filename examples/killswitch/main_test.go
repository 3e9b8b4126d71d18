package main

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// patient are ways that bring lists fast and promise what no slow machine breaks.
var patient = []way{
	{name: "push", refresh: time.Minute, staleness: 5 * time.Minute},
	{name: "poll", refresh: time.Second, staleness: 5 * time.Minute},
	{name: "seldom", refresh: time.Second, staleness: 5 * time.Minute},
	{name: "bundle", refresh: 500 * time.Millisecond, staleness: 5 * time.Minute},
}

// TestStory is the scripted run, and then the keys, over real connections.
func TestStory(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context(), patient, 50*time.Millisecond)
	require.NoError(t, err)
	defer w.close()
	var mu sync.Mutex
	var lines []string
	w.board.print(func(line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, line)
	})
	require.NoError(t, w.script(t.Context()))
	var out strings.Builder
	require.NoError(t, w.sumUp(&out))
	require.Contains(t, out.String(), "Everybody was honoured in time, and nobody was hurt.")
	require.Contains(t, out.String(), "by the 8 teams that nothing was said about")

	mu.Lock()
	text := strings.Join(lines, "\n")
	mu.Unlock()
	for _, act := range []string{"operator +guard team 3", "operator +lift team 3", "risk event +guard team 5", "operator +revoke team 3"} {
		published := regexp.MustCompile(act + ` +published`).FindStringIndex(text)
		require.NotNil(t, published, text)
		_, name, _ := strings.Cut(act, "+")
		for _, way := range patient {
			honoured := regexp.MustCompile(way.name + " +" + name + " +honoured after").FindStringIndex(text)
			require.NotNil(t, honoured, "%s: %s\n%s", way.name, act, text)
			require.Greater(t, honoured[0], published[0], "not before it was published")
		}
	}
	testKeys(t, w)
}

// testKeys guards the last team with the keys, and then revokes everyone.
func testKeys(t *testing.T, w *world) {
	var out strings.Builder
	s := newScreen(&out, w, false)
	keys := make(chan rune)
	go func() {
		readKeys(strings.NewReader(strings.Repeat("\x1b[B", 20)+"gx"), keys)
	}()
	require.NoError(t, s.during(t.Context(), func(ctx context.Context) error { return s.obey(ctx, keys) }))
	require.Equal(t, teams, s.chosen, "the last team")
	require.NoError(t, until(t.Context(), time.Minute, func() bool {
		w.board.mu.Lock()
		defer w.board.mu.Unlock()
		last := w.board.acts[len(w.board.acts)-1]
		return last.String() == "guard team 9" && !last.honoured[0].IsZero()
	}))
	keys = make(chan rune)
	go func() {
		keys <- keyUp
		for range subtrees {
			keys <- keyUp
		}
		keys <- 'r'
		keys <- 'q'
	}()
	require.NoError(t, s.during(t.Context(), func(ctx context.Context) error { return s.obey(ctx, keys) }))
	require.Equal(t, everyone, s.chosen)
	require.NoError(t, until(t.Context(), time.Minute, func() bool {
		w.board.mu.Lock()
		said := w.board.said[everyone].revoked
		w.board.mu.Unlock()
		return said && !w.board.pending(everyone)
	}))
	s.draw(time.Now())
	s.close()
	require.NoError(t, w.board.verdict(time.Now()))
	screens := strings.Split(out.String(), "\x1b[1;1H")
	require.Greater(t, len(screens), 2)
	escapes := regexp.MustCompile(`\x1b\[[0-9;?]*[a-zA-Z]`)
	for _, screen := range screens[1:] {
		require.LessOrEqual(t, strings.Count(screen, "\x1b[K"), 24)
		for _, line := range regexp.MustCompile(`\x1b\[\d+;1H`).Split(screen, -1) {
			require.LessOrEqual(t, len(escapes.ReplaceAllString(line, "")), columns, "%q", line)
		}
	}
	require.Contains(t, screens[len(screens)-1], "revoke everyone")
}

// TestVerdict: what is late, and what nobody should have got, is an error.
func TestVerdict(t *testing.T) {
	t.Parallel()
	start := time.Now()
	normal, guarded, revoked := []vc.Mode{vc.Normal}, []vc.Mode{vc.Guarded}, []vc.Mode{vc.Revoked}
	read := []vc.Mode{vc.Normal, vc.Guarded}
	guard := func() *act { return &act{subtree: 1, purpose: revocation.Guarded, value: 1} }
	for name, c := range map[string]struct {
		do   func(b *board)
		want string
	}{
		"nothing": {func(*board) {}, ""},
		"honoured": {func(b *board) {
			b.published([]*act{guard()}, start)
			b.answer(0, 0, start, normal, "")
			b.answer(0, 0, start, read, "") // tells nothing
			b.answer(0, 0, start, guarded, "")
			b.answer(0, 0, start, normal, "") // began before
			b.answer(0, 1, start, normal, "")
		}, ""},
		"never honoured": {func(b *board) { b.published([]*act{guard()}, start.Add(-time.Hour)) }, "took"},
		"honoured too late": {func(b *board) {
			b.published([]*act{guard()}, start.Add(-time.Hour))
			b.answer(0, 0, start, guarded, "")
		}, "took"},
		"not said":                  {func(b *board) { b.answer(0, 0, start, guarded, "") }, "should have got"},
		"another team":              {func(b *board) { b.published([]*act{guard()}, start); b.answer(0, 1, start, guarded, "") }, "should have got"},
		"more than was said":        {func(b *board) { b.published([]*act{guard()}, start); b.answer(0, 0, start, revoked, "") }, "should have got"},
		"an answer of another sort": {func(b *board) { b.answer(0, 0, start, nil, "") }, "should have got"},
		"taken back": {func(b *board) {
			b.published([]*act{guard()}, start)
			b.answer(0, 0, start, guarded, "")
			b.answer(0, 0, time.Now().Add(time.Second), normal, "")
		}, "should have got"},
		"overtaken": {func(b *board) {
			b.published([]*act{guard()}, start)
			b.published([]*act{{subtree: everyone, purpose: revocation.Revocation, value: 1}}, start)
			for team := range teams {
				b.answer(0, team, start, revoked, "")
			}
		}, ""},
	} {
		b := newBoard([]way{{name: "only", staleness: time.Minute}})
		c.do(b)
		err := b.verdict(start.Add(time.Second))
		if c.want == "" {
			require.NoError(t, err, name)
			require.False(t, b.pending(everyone) && name != "nothing", name)
		} else {
			require.ErrorContains(t, err, c.want, name)
		}
	}
}

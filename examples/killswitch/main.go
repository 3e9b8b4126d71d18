// Killswitch is an operator's terminal: it lists a fleet of agents, narrows, lets
// back and ends subtrees of it, and shows how long each verifier took to honour
// that. The fleet is that of examples/fleet, smaller, and calls four services all
// the time, over TLS on 127.0.0.1. Each service has a verifier of its own, and each
// gets status lists in another way: pushed, polled, polled seldom, and carried to it
// in a file now and then.
//
//	go run ./examples/killswitch             a terminal: choose a subtree, g, l, r, q
//	go run ./examples/killswitch -script     the scripted story, on any output
//
// Where standard output is no terminal it is the scripted story, in plain lines. It
// exits with 0 only if every verifier honoured everything within what it promises,
// MaxStaleness and skew, and no agent got an answer that it should not have got.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	script := flag.Bool("script", false, "run the scripted story, also on a terminal")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, os.Stdout, isTerminal(os.Stdout), *script || !isTerminal(os.Stdin) || !isTerminal(os.Stdout))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "killswitch: it went wrong:", err)
		os.Exit(1)
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// ordinary are the four verifiers as the program runs them. The promises have
// room for what each way takes: a list may be 4 s old (resign) when it is fetched.
var ordinary = [...]way{
	{name: "push", how: "server-sent events, and a fetch every 5 s", refresh: 5 * time.Second, staleness: 15 * time.Second},
	{name: "poll", how: "a fetch every second", refresh: time.Second, staleness: 10 * time.Second},
	{name: "seldom", how: "a fetch every 3 s", refresh: 3 * time.Second, staleness: 15 * time.Second},
	{name: "bundle", how: "offline: a file, brought every 4 s", refresh: 4 * time.Second, staleness: 20 * time.Second},
}

// start runs the story, or the keys.
func start(ctx context.Context, out io.Writer, live, script bool) error {
	w, err := newWorld(ctx, ordinary[:], 100*time.Millisecond)
	if err != nil {
		return err
	}
	defer w.close()
	if !live {
		w.board.print(func(line string) { _, _ = fmt.Fprintln(out, line) })
		return errors.Join(w.script(ctx), w.sumUp(out))
	}
	restore := func() {}
	keys := make(chan rune)
	if !script {
		restore = rawTerminal()
		go readKeys(os.Stdin, keys)
	}
	s := newScreen(out, w, script)
	if script {
		err = s.during(ctx, w.script)
	} else {
		err = s.during(ctx, func(ctx context.Context) error { return s.obey(ctx, keys) })
	}
	s.close()
	restore()
	return errors.Join(err, w.sumUp(out))
}

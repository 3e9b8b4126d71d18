package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
)

const (
	keyUp   = 'k'
	keyDown = 'j'
)

// rawTerminal has standard input bring each key at once and unseen, and returns
// what puts it back. Where there is no stty, keys come with the Enter after them.
func rawTerminal() (restore func()) {
	before, err := stty("-g")
	if err == nil {
		_, err = stty("-icanon", "-echo", "min", "1")
	}
	if err != nil {
		return func() {}
	}
	return func() { _, _ = stty(strings.TrimSpace(before)) }
}

func stty(args ...string) (string, error) {
	cmd := exec.Command("stty", args...)
	cmd.Stdin = os.Stdin
	out, err := cmd.Output()
	return string(out), err
}

// readKeys sends keys until there are no more, arrows as those of vi. It blocks in a
// read at the end, and ends with the program.
func readKeys(in io.Reader, keys chan<- rune) {
	defer close(keys)
	r := bufio.NewReader(in)
	for {
		key, _, err := r.ReadRune()
		if err != nil {
			return
		}
		if key == '\x1b' {
			key = readArrow(r)
		}
		keys <- key
	}
}

// readArrow reads what follows an escape: nothing, if that was the key itself.
func readArrow(r *bufio.Reader) rune {
	if r.Buffered() < 2 {
		return 0
	}
	next, _, _ := r.ReadRune()
	last, _, _ := r.ReadRune()
	switch {
	case (next == '[' || next == 'O') && last == 'A':
		return keyUp
	case (next == '[' || next == 'O') && last == 'B':
		return keyDown
	}
	return 0
}

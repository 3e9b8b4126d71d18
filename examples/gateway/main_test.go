package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStory runs the story as a reader of the README does.
func TestStory(t *testing.T) {
	out, err := exec.Command("go", "run", ".").CombinedOutput()
	require.NoError(t, err, string(out))
	for _, line := range []string{
		"calls left: 99", "refused: request is not allowed actions", "spend at most 41", "DELETE with the approval: done",
		"a stranger: 401, and nothing else", "sent again: refused", "not signed for", "of another answer", "Permitted:6", "Everything went as told.",
	} {
		require.Contains(t, string(out), line)
	}
}

// TestTwoProcesses is -serve and -call, in one.
func TestTwoProcesses(t *testing.T) {
	s := newService("127.0.0.1:0")
	defer s.close()
	dir := t.TempDir()
	s.leave(dir)
	callOnce(dir)
	require.Equal(t, uint64(1), s.guard.Counts().Permitted)
}

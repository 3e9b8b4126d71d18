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
		"at Spawn: refused. rule 11", "forged by hand: refused. link 2", "allowed \"db/read\" while guarded",
		"writer: refused. link 0", "findings: 0", "forged: leaf", "Everything went as told.",
	} {
		require.Contains(t, string(out), line)
	}
}

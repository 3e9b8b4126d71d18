package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFleet(t *testing.T) {
	for _, live := range []bool{false, true} {
		var out bytes.Buffer
		require.NoError(t, run(&out, live, 100, 16), out.String())
		for _, want := range []string{
			"100 agents in 10 teams", "90 allowed     10 refused by rule 15", "refused by rule 12", "refused by rule 17",
			"1200 credits spent of 1200", "Everything went as told.",
		} {
			require.Contains(t, out.String(), want)
		}
		require.Equal(t, live, bytes.ContainsRune(out.Bytes(), '\r'))
	}
}

// TestSumsAreChecked: a tally that does not come to what was wanted is an error.
func TestSumsAreChecked(t *testing.T) {
	var c tally
	c.calls.Store(3)
	c.allowed.Store(2)
	c.refused[15].Store(1)
	require.NoError(t, want{allowed: 2, refused: 1, rule: 15}.check("", &c))
	require.Error(t, want{allowed: 3}.check("", &c))
	require.Error(t, want{allowed: 2, refused: 1, rule: 12}.check("", &c))
	require.Error(t, want{allowed: 1, rule: 15}.check("", &c))
	require.Error(t, want{allowed: 2, refused: 2, rule: 15}.check("", &c))

	f := &fleet{}
	f.total.add(&c)
	require.Error(t, f.summary(&bytes.Buffer{}, 10, 0))
	f.total.spent.Store(10)
	require.NoError(t, f.summary(&bytes.Buffer{}, 10, 0))
	f.total.late.Store(1)
	require.Error(t, f.summary(&bytes.Buffer{}, 10, 0))
	require.Error(t, run(&bytes.Buffer{}, false, 7, 1))
}

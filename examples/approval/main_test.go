package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestApproved(t *testing.T) {
	for _, in := range [][2]string{{"yes", ""}, {"ask", "yes\n"}} {
		var out bytes.Buffer
		require.NoError(t, run(strings.NewReader(in[1]), &out, in[0]), out.String())
		for _, want := range []string{
			" X | link 0", "  agent     | payer\n", "  action    | payments/send\n", "  argument  | cents = 124500\n",
			"  cost      | at most 124500 EUR/100\nThe agent says, in words of its own that nobody checked:\n  words     | \"Routine",
			`\x0a`, `\U0000202e`, "paid, approved by treasurer; 75500 cents of the mandate are left",
			"the same again: refused.", "a cent more: refused.", "to somebody else: refused.", "Everything went as told.",
		} {
			require.Contains(t, out.String(), want)
		}
		require.NotContains(t, out.String(), "\u202e")
		require.Equal(t, 1, strings.Count(out.String(), "\n  cost "))
	}
}

func TestDeclined(t *testing.T) {
	for _, in := range [][2]string{{"no", ""}, {"ask", "no\n"}} {
		var out bytes.Buffer
		require.NoError(t, run(strings.NewReader(in[1]), &out, in[0]))
		require.Contains(t, out.String(), "signs nothing")
		require.NotContains(t, out.String(), "paid, approved")
	}
}

// TestNoAnswer: neither silence nor anything else is a yes.
func TestNoAnswer(t *testing.T) {
	for _, in := range []string{"", "y\n", "yes", "yes please\n", "YES\n"} {
		var out bytes.Buffer
		require.Error(t, run(strings.NewReader(in), &out, "ask"), in)
		require.NotContains(t, out.String(), "paid, approved")
	}
	require.Error(t, run(strings.NewReader(""), &bytes.Buffer{}, "maybe"))
}

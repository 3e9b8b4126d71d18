package audit_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/vectors"
)

func policy(tb testing.TB) *audit.Policy {
	tb.Helper()
	p, err := audit.NewPolicy(origin, vkey)
	require.NoError(tb, err)
	return p
}

// sign signs any text as the log of the tests.
func sign(tb testing.TB, text string) []byte {
	tb.Helper()
	signer, err := note.NewSigner(skey)
	require.NoError(tb, err)
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	require.NoError(tb, err)
	return signed
}

const (
	someRoot = "UOREsq6wNcYiceRG4gHFhictUJiLZOb4Ysr+yO+RwGY="
	goodText = origin + "\n100\n" + someRoot + "\n"
)

func TestParseCheckpoint(t *testing.T) {
	c, err := audit.ParseCheckpoint(sign(t, goodText), policy(t))
	require.NoError(t, err)
	require.Equal(t, origin, c.Origin())
	require.EqualValues(t, 100, c.Size())
	require.Equal(t, "uEiBQ5ESyrrA1xiJx5EbiAcWGJy1QmItk5vhiyv7I75HAZg", c.Root().String())
	require.Equal(t, sign(t, goodText), c.Bytes())
	require.Equal(t, &audit.Anchor{
		Origin: origin, Size: 100, Root: c.Root(), Checkpoint: digest(string(sign(t, goodText))),
	}, c.Anchor())

	var none *audit.Checkpoint
	require.Empty(t, none.Bytes())
	require.Empty(t, none.Origin())
	require.Zero(t, none.Size())
	require.True(t, none.Root().IsZero())
	require.Nil(t, none.Anchor())
}

func TestParseCheckpointRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"two lines":              origin + "\n100\n",
		"size beyond 63 bits":    origin + "\n9223372036854775808\n" + someRoot + "\n",
		"empty extension line":   goodText + "\n",
		"blank line in the text": goodText + "\nmore\n",
		"extension of an origin": goodText + origin + "\n",
		"root in hexadecimal":    origin + "\n1\n" + strings.Repeat("ab", 32) + "\n",
		"another origin":         "x" + goodText,
		"too long":               goodText + strings.Repeat("x", 128<<10) + "\n",
		"no origin":              goodText[len(origin):],
		"size with a space":      origin + "\n100 \n" + someRoot + "\n",
	} {
		_, err := audit.ParseCheckpoint(sign(t, text), policy(t))
		require.ErrorIs(t, err, audit.ErrCheckpoint, name)
	}
	good := string(sign(t, goodText))
	for name, text := range map[string]string{
		"nothing":                 "",
		"text alone":              goodText,
		"no signature":            goodText + "\n",
		"no last line end":        strings.TrimSuffix(good, "\n"),
		"signature with padding":  strings.TrimSuffix(good, "\n") + "=\n",
		"a space more":            strings.Replace(good, "— ", "—  ", 1),
		"a signature by nobody":   strings.Replace(good, "— audit", "— audjt", 1),
		"an unknown line twice":   good + "— w.example AAAAAAAA\n— w.example AAAAAAAA\n",
		"an unknown line too lax": good + "— w.example AAAAAAB=\n",
		"too long":                good + strings.Repeat("— w.example AAAAAAAA\n", 1<<13),
	} {
		_, err := audit.ParseCheckpoint([]byte(text), policy(t))
		require.ErrorIs(t, err, audit.ErrCheckpoint, name)
	}
	// note.Open passes over what else a key signed, so anything could stand there.
	id := strings.Fields(good)[5][:6]
	again := good + "— " + origin + " " + id + strings.Repeat("A", 86) + "\n"
	_, err := audit.ParseCheckpoint([]byte(again), policy(t))
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	require.ErrorContains(t, err, "second signature")
	for _, lines := range []int{63, 64} {
		more := good
		for i := range lines {
			more += fmt.Sprintf("— w%d.example AAAAAAAA\n", i)
		}
		_, err := audit.ParseCheckpoint([]byte(more), policy(t))
		require.Equal(t, lines == 63, err == nil, "64 signature lines, and not 65")
	}
	for _, p := range []*audit.Policy{nil, {}} {
		_, err := audit.ParseCheckpoint([]byte(good), p)
		require.ErrorIs(t, err, audit.ErrCheckpoint, "a policy that trusts nobody")
	}
	_, err = audit.ParseCheckpoint([]byte(good+"— w.example AAAAAAAA\n— v.example AAAAAAAA\n"), policy(t))
	require.NoError(t, err, "unknown signatures are passed over")
}

func TestNewPolicyRefuses(t *testing.T) {
	weak, err := note.NewEd25519VerifierKey(origin, append([]byte{1}, make([]byte, 31)...))
	require.NoError(t, err)
	_, long := logKey(strings.Repeat("a", 600))
	upper := strings.Replace(vkey, strings.Split(vkey, "+")[1], strings.ToUpper(strings.Split(vkey, "+")[1]), 1)
	for name, keys := range map[string][]string{
		"none": nil, "empty": {""}, "twice": {vkey, vkey}, "small order": {weak}, "cut": {vkey[:len(vkey)-4]},
		"upper case": {upper}, "long": {long}, "signer key": {skey},
	} {
		_, err := audit.NewPolicy(origin, keys...)
		require.ErrorIs(t, err, audit.ErrKey, name)
	}
	_, err = audit.NewPolicy("", vkey)
	require.ErrorIs(t, err, audit.ErrKey)
}

// N008's reason says that accepting it with the first size is right too.
func TestCheckpointAttacks(t *testing.T) {
	var file struct {
		Cases []struct {
			ID, Title, Expect, Note, Reason string
			Origin                          string `json:"expected_origin"`
			Key                             string `json:"verifier_key"`
		}
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "attacks", "checkpoints.json"), &file))
	require.Len(t, file.Cases, 25)
	for _, c := range file.Cases {
		t.Run(c.ID+" "+c.Title, func(t *testing.T) {
			p, err := audit.NewPolicy(c.Origin, c.Key)
			require.NoError(t, err)
			// encoding/json made U+FFFD of invalid UTF-8, which the file has as an escape.
			_, err = audit.ParseCheckpoint([]byte(c.Note), p)
			if c.Expect == "accept" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, audit.ErrCheckpoint)
		})
	}
}

package delegation

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// TestMintIsWhatParsingGives: a link is checked when it is made by other code than
// when it is read, so the two must agree on every member.
func TestMintIsWhatParsingGives(t *testing.T) {
	alice, bob, erin := personas.New("alice"), personas.New("bob"), personas.NewP256("erin")
	noon := time.Date(2026, 11, 23, 12, 0, 0, 999, time.FixedZone("x", 3600))
	a, err := ParseAuthority([]byte(`{"grants":[{"actions":["**"],"resources":["**"]}],"audience":["**"],"depth":2,"maxStatusAge":60}`))
	require.NoError(t, err)
	for name, is := range map[string]Issue{
		"least": {Task: Task{ID: "t"}},
		"all": {
			ID: "urn:x:1", Task: Task{"t", "a \"quoted\" <purpose>\u2028", "step"},
			Agent: Agent{"kind", "urn:y", "uEi" + strings.Repeat("A", 44)},
			Status: []vc.StatusEntry{
				{ID: "https://s.example/1#7", Type: "BitstringStatusListEntry", Purpose: "revocation", Index: "7", List: "https://s.example/1", Size: 1},
				{Type: "StatusList2021Entry", Purpose: "guarded", Index: "0", List: "https://s.example/2"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			is.ValidFrom, is.ValidUntil = noon, noon.Add(time.Hour)
			root, err := mint(alice, bob.Key(), a, is, nil)
			require.NoError(t, err)
			same(t, root, nil)
			is.ID = "urn:x:2"
			child, err := mint(bob, erin.Key(), a, is, root)
			require.NoError(t, err)
			same(t, child, root)
		})
	}
}

func same(t *testing.T, made, parent *link) {
	read, rerr := parseLink(made.raw, "", parent == nil, parent)
	require.Nil(t, rerr)
	require.NoError(t, read.parentErr)
	require.NoError(t, read.statusErr)
	read.token, read.bucket = nil, ""
	normal, err := Authority{read.authority}.MarshalJSON()
	require.NoError(t, err)
	want, err := Authority{made.authority}.MarshalJSON()
	require.NoError(t, err)
	require.Equal(t, string(want), string(normal))
	read.authority = made.authority
	require.Equal(t, made.issuerKey.Multibase(), read.issuerKey.Multibase())
	read.issuerKey, read.subjectKey = made.issuerKey, made.subjectKey
	require.Equal(t, made, read)
}

// TestMintRefuses: what a Go value can hold and a link cannot is refused before it
// is signed.
func TestMintRefuses(t *testing.T) {
	alice, bob := personas.New("alice"), personas.New("bob")
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	a, err := ParseAuthority([]byte(`{"grants":[{"actions":["**"],"resources":["**"]}],"audience":["**"]}`))
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		rule   Rule
		change func(*Issue)
	}{
		"no task":       {ErrLink, func(is *Issue) { is.Task.ID = "" }},
		"invalid UTF-8": {ErrLink, func(is *Issue) { is.Task.Purpose = "\xff" }},
		"manifest":      {ErrLink, func(is *Issue) { is.Agent.Manifest = "x" }},
		"empty period":  {ErrLink, func(is *Issue) { is.ValidUntil = is.ValidFrom.Add(time.Millisecond) }},
		"year 10000":    {ErrLink, func(is *Issue) { is.ValidUntil = noon.AddDate(8000, 0, 0) }},
		"relative id":   {ErrLink, func(is *Issue) { is.ID = "x" }},
		"status type":   {ErrStatus, func(is *Issue) { is.Status[0].Type = "x" }},
		"status index":  {ErrStatus, func(is *Issue) { is.Status[0].Index = "-1" }},
		"status list":   {ErrStatus, func(is *Issue) { is.Status[0].List = "https://s.example/1#x" }},
		"status size":   {ErrStatus, func(is *Issue) { is.Status[0].Size = 8 }},
	} {
		t.Run(name, func(t *testing.T) {
			is := Issue{
				Task: Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(time.Hour),
				Status: []vc.StatusEntry{{Type: "BitstringStatusListEntry", Purpose: "revocation", Index: "7", List: "https://s.example/1"}},
			}
			tt.change(&is)
			_, err := mint(alice, bob.Key(), a, is, nil)
			require.ErrorIs(t, err, tt.rule)
		})
	}
	_, err = mint(alice, bob.Key(), Authority{}, Issue{Task: Task{ID: "t"}, ValidFrom: noon, ValidUntil: noon.Add(time.Hour)}, nil)
	require.ErrorIs(t, err, ErrLink)
}

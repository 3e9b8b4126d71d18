package revocation_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// restart returns a Checker that knows what k had written down.
func restart(t testing.TB, k *revocation.Checker, source revocation.Source) *revocation.Checker {
	var file bytes.Buffer
	n, err := k.Seen().WriteTo(&file)
	require.NoError(t, err)
	require.EqualValues(t, file.Len(), n)
	seen, err := revocation.ReadSeen(&file)
	require.NoError(t, err)
	return checker(t, source, revocation.Policy{Seen: seen})
}

// TestSeenOutlivesARestart: an older list than one seen before is refused, another
// of that time too, the same and newer ones are not.
func TestSeenOutlivesARestart(t *testing.T) {
	now, before := draft{validFrom: noon.Add(30 * time.Second)}, draft{}
	k := checker(t, bundle(t, now), revocation.Policy{})
	_, err := k.CheckStatus(ctx, request(entry(8)))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		list draft
		want error
	}{
		"older":   {before, revocation.ErrStale},
		"the one": {now, nil},
		"newer":   {draft{validFrom: noon.Add(31 * time.Second)}, nil},
		"another": {draft{validFrom: noon.Add(30 * time.Second), set: []uint64{5}}, revocation.ErrEquivocation},
	} {
		again := restart(t, k, bundle(t, c.list))
		for range 2 {
			_, err := again.CheckStatus(ctx, request(entry(8)))
			require.ErrorIs(t, err, c.want, name)
		}
		third := restart(t, again, bundle(t, before))
		_, err := third.CheckStatus(ctx, request(entry(8)))
		require.ErrorIs(t, err, revocation.ErrStale, "%s: a mark outlives restarts in which nothing was seen", name)
		require.NoError(t, third.Offer(ctx, draft{validFrom: noon.Add(40 * time.Second)}.sign(t)))
		_, err = third.CheckStatus(ctx, request(entry(8)))
		require.NoError(t, err, "%s: a newer one is good", name)
	}
	forgetful := checker(t, bundle(t, before), revocation.Policy{})
	_, err = forgetful.CheckStatus(ctx, request(entry(8)))
	require.NoError(t, err, "which is what it is for")
}

// TestSeenRevocationsOutliveARestart, whatever newer lists say.
func TestSeenRevocationsOutliveARestart(t *testing.T) {
	k := checker(t, bundle(t, draft{set: []uint64{9}}), revocation.Policy{})
	s, err := k.CheckStatus(ctx, request(entry(9)))
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, s.Mode)
	again := restart(t, restart(t, k, nil), bundle(t, draft{validFrom: noon.Add(time.Second)}))
	s, err = again.CheckStatus(ctx, request(entry(9)))
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, s.Mode)
	require.Equal(t, uint8(1), s.Values[0].Value)
	other := request(entry(9))
	other.Credential = "uEiOther"
	s, err = again.CheckStatus(ctx, other)
	require.NoError(t, err)
	require.Equal(t, vc.Normal, s.Mode, "for the link that it was seen of")
}

// TestSeenIsForgottenWithItsLists: what is too old for any request needs no mark.
func TestSeenIsForgottenWithItsLists(t *testing.T) {
	k := checker(t, bundle(t, draft{}), revocation.Policy{})
	_, err := k.CheckStatus(ctx, request(entry(8)))
	require.NoError(t, err)
	small, err := revocation.NewChecker(bundle(t, draft{url: listURL + "/2", validFrom: noon.Add(time.Hour)}), revocation.Policy{
		MaxStaleness: time.Minute, MaxMemory: 17000, Seen: k.Seen(),
	})
	require.NoError(t, err)
	req := request(entry(8, func(e *vc.StatusEntry) { e.List += "/2" }))
	req.Now = noon.Add(time.Hour)
	_, err = small.CheckStatus(ctx, req)
	require.NoError(t, err)
	var file strings.Builder
	_, err = small.Seen().WriteTo(&file)
	require.NoError(t, err)
	require.NotContains(t, file.String(), listURL+`"`)
}

func TestReadSeenRefuses(t *testing.T) {
	k := checker(t, bundle(t, draft{set: []uint64{9}}), revocation.Policy{})
	_, err := k.CheckStatus(ctx, request(entry(9)))
	require.NoError(t, err)
	var file strings.Builder
	_, err = k.Seen().WriteTo(&file)
	require.NoError(t, err)
	good := file.String()
	for name, text := range map[string]string{
		"empty":          "",
		"null":           "null",
		"cut":            good[:len(good)-3],
		"more":           good + "{}",
		"twice":          strings.Replace(good, `"revoked"`, `"lists"`, 1),
		"another case":   strings.Replace(good, `"lists"`, `"Lists"`, 1),
		"another member": strings.Replace(good, `"lists"`, `"x": 1, "lists"`, 1),
		"another form":   strings.ReplaceAll(good, " ", ""),
		"no DID":         strings.Replace(good, "did:key:", "key:", 1),
		"no time":        strings.Replace(good, "2026-", "x", 1),
		"index -1":       strings.Replace(good, `"index": 9`, `"index": -1`, 1),
	} {
		s, err := revocation.ReadSeen(strings.NewReader(text))
		require.ErrorIs(t, err, revocation.ErrList, name)
		require.Nil(t, s)
	}
	_, err = revocation.ReadSeen(strings.NewReader(strings.ReplaceAll(good, "https://", "http://")))
	require.ErrorIs(t, err, revocation.ErrURL)
	_, err = revocation.ReadSeen(iotest.ErrReader(io.ErrUnexpectedEOF))
	require.Error(t, err)
}

// FuzzReadSeen: what is accepted is written again as the same bytes.
func FuzzReadSeen(f *testing.F) {
	k := checker(f, bundle(f, draft{set: []uint64{9}}), revocation.Policy{})
	_, err := k.CheckStatus(ctx, request(entry(9)))
	require.NoError(f, err)
	var file bytes.Buffer
	_, err = k.Seen().WriteTo(&file)
	require.NoError(f, err)
	f.Add(file.Bytes())
	f.Add([]byte("{\n \"lists\": [],\n \"revoked\": []\n}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := revocation.ReadSeen(bytes.NewReader(data))
		if err != nil {
			require.Nil(t, s)
			return
		}
		var again bytes.Buffer
		_, err = s.WriteTo(&again)
		require.NoError(t, err)
		require.Equal(t, data, again.Bytes())
		_, err = revocation.NewChecker(nil, revocation.Policy{Seen: s})
		require.NoError(t, err)
	})
}

// TestSeenHasOneForm: of many lists and links too.
func TestSeenHasOneForm(t *testing.T) {
	var drafts []draft
	for i := range 5 {
		drafts = append(drafts, draft{url: fmt.Sprint(listURL, "/", i), set: []uint64{1, 2, 3}})
	}
	source := bundle(t, drafts...)
	text := func(order []int) string {
		k := checker(t, source, revocation.Policy{})
		for _, i := range order {
			for _, index := range []uint64{1, 2} {
				for _, credential := range []string{"uEiA", "uEiB"} {
					req := request(entry(index, func(e *vc.StatusEntry) { e.List = drafts[i].url }))
					req.Credential = credential
					_, err := k.CheckStatus(ctx, req)
					require.NoError(t, err)
				}
			}
		}
		var file strings.Builder
		_, err := restart(t, k, source).Seen().WriteTo(&file)
		require.NoError(t, err)
		return file.String()
	}
	one := text([]int{0, 1, 2, 3, 4})
	require.Equal(t, one, text([]int{3, 0, 4, 2, 1}))
	require.Equal(t, 20, strings.Count(one, `"credential"`))
}

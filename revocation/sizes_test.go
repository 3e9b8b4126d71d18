package revocation_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// TestSizes: entries of 1 to 8 bits, the first the leftmost, its most significant
// bit first (Bitstring Status List sections 2.2 and 3.4).
func TestSizes(t *testing.T) {
	for size := 1; size <= 8; size++ {
		b, err := revocation.MakeBits(revocation.MinEntries, size)
		require.NoError(t, err)
		require.Equal(t, revocation.MinEntries, b.Len())
		require.Equal(t, size, b.Size())
		r, want := rand.New(rand.NewPCG(9, uint64(size))), map[uint64]uint8{}
		for range 2000 { // set, and set again
			i, v := r.Uint64N(revocation.MinEntries), uint8(r.IntN(1<<size))
			require.NoError(t, b.Set(i, v))
			want[i] = v
		}
		require.ErrorIs(t, b.Set(0, 255), map[bool]error{true: nil, false: revocation.ErrRange}[size == 8])
		require.ErrorIs(t, b.Set(revocation.MinEntries, 0), revocation.ErrRange)
		text, err := b.Encode(revocation.Bitstring)
		require.NoError(t, err)
		back, err := revocation.Decode(revocation.Bitstring, size, text)
		require.NoError(t, err)
		require.Equal(t, b, back)
		for i, v := range want {
			got, err := back.At(i)
			require.NoError(t, err)
			if i > 0 {
				require.Equal(t, v, got, "entry %d of %d bits", i, size)
			}
		}
		_, err = back.At(revocation.MinEntries)
		require.ErrorIs(t, err, revocation.ErrRange)
		_, err = back.At(1 << 61) // times 8 it is 0
		require.ErrorIs(t, err, revocation.ErrRange)
		_, err = b.Encode(revocation.StatusList2021)
		require.Equal(t, size == 1, err == nil)
		if size > 1 {
			_, err = revocation.Decode(revocation.Bitstring, size+1, text)
			require.Equal(t, size == 8, !errors.Is(err, revocation.ErrLength), "fewer entries of more bits: %v", err)
			_, err = revocation.Decode(revocation.StatusList2021, size, text[1:])
			require.ErrorIs(t, err, revocation.ErrList)
		}
	}
	_, err := revocation.MakeBits(revocation.MaxEntries, 2)
	require.ErrorIs(t, err, revocation.ErrSize)
	for _, size := range []int{-1, 0, 9, 256} {
		_, err := revocation.MakeBits(revocation.MinEntries, size)
		require.ErrorIs(t, err, revocation.ErrSize)
		_, err = revocation.Decode(revocation.Bitstring, size, "u")
		require.ErrorIs(t, err, revocation.ErrList)
	}
}

// TestSizeThreeCrossesBytes is worked out by hand.
func TestSizeThreeCrossesBytes(t *testing.T) {
	data := make([]byte, revocation.MinEntries/8*3)
	data[0], data[1], data[2] = 0b101_001_11, 0b0_000_111_0, 0b01_010_100
	b, err := revocation.Decode(revocation.Bitstring, 3, bitstring(pack(data)))
	require.NoError(t, err)
	for i, want := range []uint8{5, 1, 6, 0, 7, 1, 2, 4, 0} {
		got, err := b.At(uint64(i))
		require.NoError(t, err)
		require.Equal(t, want, got, "entry %d", i)
	}
}

func wide(t testing.TB, size int, values map[uint64]uint8) string {
	b, err := revocation.MakeBits(revocation.MinEntries, size)
	require.NoError(t, err)
	for i, v := range values {
		require.NoError(t, b.Set(i, v))
	}
	text, err := b.Encode(revocation.Bitstring)
	require.NoError(t, err)
	return text
}

func messages(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint("message ", i))
	}
	return out
}

// TestMessages: a list of messages answers with the value and its meaning, and
// leaves the credential in force.
func TestMessages(t *testing.T) {
	list := draft{
		purpose: "message", encoded: wide(t, 2, map[uint64]uint8{7: 3, 8: 1}),
		claims: map[string]string{"statusSize": "2"},
	}
	said := draft{
		url: listURL + "/said", purpose: "message", set: []uint64{7},
		claims: map[string]string{"statusSize": "1", "statusMessages": `[{"status":"0x1","message":"paused"},{"status":"0x0","message":"running"}]`},
	}
	plain := draft{url: listURL + "/plain", purpose: "message", set: []uint64{7}, claims: map[string]string{"statusSize": "1"}}
	k := checker(t, bundle(t, list, said, plain), revocation.Policy{})
	e := func(index uint64, url string, size int) vc.StatusEntry {
		return entry(index, func(e *vc.StatusEntry) {
			e.Purpose, e.Size, e.List = "message", size, url
			if size > 1 {
				e.Messages, e.References = messages(1<<size), []string{"https://example.org/meaning"}
			}
		})
	}
	for range 2 {
		s, err := k.CheckStatus(ctx, request(e(7, listURL, 2), e(8, listURL, 2), e(7, said.url, 1), e(8, said.url, 0), e(7, plain.url, 0), e(8, plain.url, 1)))
		require.NoError(t, err)
		require.Equal(t, vc.Normal, s.Mode)
		require.Equal(t, []vc.StatusValue{
			{Purpose: "message", Value: 3, Message: "message 3", References: []string{"https://example.org/meaning"}, AsOf: s.AsOf},
			{Purpose: "message", Value: 1, Message: "message 1", References: []string{"https://example.org/meaning"}, AsOf: s.AsOf},
			{Purpose: "message", Value: 1, Message: "paused", AsOf: s.AsOf},
			{Purpose: "message", Value: 0, Message: "running", AsOf: s.AsOf},
			{Purpose: "message", Value: 1, Message: "set", AsOf: s.AsOf},
			{Purpose: "message", Value: 0, Message: "unset", AsOf: s.AsOf},
		}, s.Values)
	}
}

func TestRefreshIsTold(t *testing.T) {
	k := checker(t, bundle(t, draft{purpose: "refresh", set: []uint64{9}}), revocation.Policy{})
	s, err := k.CheckStatus(ctx, request(entry(9, func(e *vc.StatusEntry) { e.Purpose = "refresh" })))
	require.NoError(t, err)
	require.Equal(t, vc.Normal, s.Mode)
	require.Equal(t, []vc.StatusValue{{Purpose: "refresh", Value: 1, AsOf: s.AsOf}}, s.Values)
}

// TestWideRevocation: of several bits any value but 0 revokes.
func TestWideRevocation(t *testing.T) {
	k := checker(t, bundle(t, draft{encoded: wide(t, 4, map[uint64]uint8{9: 8})}), revocation.Policy{})
	e := func(i uint64) vc.StatusEntry {
		return entry(i, func(e *vc.StatusEntry) { e.Size, e.Messages = 4, messages(16) })
	}
	s, err := k.CheckStatus(ctx, request(e(9)))
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, s.Mode)
	require.Equal(t, uint8(8), s.Values[0].Value)
	s, err = k.CheckStatus(ctx, request(e(10)))
	require.NoError(t, err)
	require.Equal(t, vc.Normal, s.Mode)
}

// TestSizesDisagree: the size of the entry is that of the list, and one that is
// not stated is 1.
func TestSizesDisagree(t *testing.T) {
	two := draft{encoded: wide(t, 2, nil), claims: map[string]string{"statusSize": "2"}}
	short := draft{url: listURL + "/short"} // of one bit, so of 65,536 entries of two
	k := checker(t, bundle(t, two, short), revocation.Policy{})
	for name, c := range map[string]struct {
		edit func(*vc.StatusEntry)
		want error
	}{
		"2":            {func(e *vc.StatusEntry) { e.Size, e.Messages = 2, messages(4) }, nil},
		"1":            {func(e *vc.StatusEntry) { e.Size = 1 }, revocation.ErrEntry},
		"none":         {func(*vc.StatusEntry) {}, revocation.ErrEntry},
		"3":            {func(e *vc.StatusEntry) { e.Size, e.Messages = 3, messages(8) }, revocation.ErrEntry},
		"9":            {func(e *vc.StatusEntry) { e.Size, e.Messages = 9, messages(512) }, revocation.ErrEntry},
		"no messages":  {func(e *vc.StatusEntry) { e.Size = 2 }, revocation.ErrEntry},
		"few messages": {func(e *vc.StatusEntry) { e.Size, e.Messages = 2, messages(3) }, revocation.ErrEntry},
		"too short":    {func(e *vc.StatusEntry) { e.Size, e.Messages, e.List = 2, messages(4), short.url }, revocation.ErrLength},
	} {
		_, err := k.CheckStatus(ctx, request(entry(8, c.edit)))
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := checker(t, bundle(t, draft{purpose: "message"}), revocation.Policy{}).CheckStatus(ctx, request(entry(8, func(e *vc.StatusEntry) {
		e.Purpose = "message"
	})))
	require.ErrorIs(t, err, revocation.ErrList, "a list of messages states its statusSize")
}

// TestProblemTypes: the errors of the standard's algorithm have its names.
func TestProblemTypes(t *testing.T) {
	const list, model = "https://www.w3.org/ns/credentials/status-list#", "https://www.w3.org/TR/vc-data-model#"
	b := bundle(t, draft{}, draft{url: listURL + "/mallory", signer: mal}, draft{url: listURL + "/short", encoded: bitstring(pack(make([]byte, 99)))})
	for name, c := range map[string]struct {
		edit func(*vc.StatusEntry)
		want string
	}{
		"no list":          {func(e *vc.StatusEntry) { e.List += "/none" }, list + "STATUS_RETRIEVAL_ERROR"},
		"not by a signer":  {func(e *vc.StatusEntry) { e.List += "/mallory" }, list + "STATUS_VERIFICATION_ERROR"},
		"another purpose":  {func(e *vc.StatusEntry) { e.Purpose = "suspension" }, list + "STATUS_VERIFICATION_ERROR"},
		"too few entries":  {func(e *vc.StatusEntry) { e.List += "/short" }, list + "STATUS_LIST_LENGTH_ERROR"},
		"out of range":     {func(e *vc.StatusEntry) { e.Index = "131072" }, model + "RANGE_ERROR"},
		"not a number":     {func(e *vc.StatusEntry) { e.Index = "x" }, model + "MALFORMED_VALUE_ERROR"},
		"size 2 and alone": {func(e *vc.StatusEntry) { e.Size = 2 }, model + "MALFORMED_VALUE_ERROR"},
	} {
		_, err := checker(t, b, revocation.Policy{}).CheckStatus(ctx, request(entry(8, c.edit)))
		require.Error(t, err, name)
		require.Equal(t, c.want, revocation.ProblemType(err), name)
	}
	_, err := revocation.Decode(revocation.Bitstring, 1, "u?")
	require.Equal(t, model+"MALFORMED_VALUE_ERROR", revocation.ProblemType(err))
	req := request(entry(8))
	req.Skew = -1
	_, err = checker(t, b, revocation.Policy{}).CheckStatus(ctx, req)
	require.Error(t, err)
	require.Empty(t, revocation.ProblemType(err), "a wrong configuration is nobody's status")
	require.Empty(t, revocation.ProblemType(nil))
}

// TestListTellsOfItself covers what callers see of a list.
func TestListTellsOfItself(t *testing.T) {
	d := draft{claims: map[string]string{"statusPurpose": `["revocation","refresh"]`}}
	l, err := revocation.VerifyList(ctx, d.sign(t), []did.DID{alice.DID()}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"revocation", "refresh"}, l.Purposes())
	require.True(t, l.ValidUntil().IsZero())
	require.NotEmpty(t, l.Digest())
	require.False(t, l.HasPurpose(""))
}

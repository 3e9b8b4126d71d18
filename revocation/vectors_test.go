package revocation_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/vectors"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

func value(format revocation.Format, encodedList, index string) (string, error) {
	b, err := revocation.Decode(format, 1, encodedList)
	if err != nil {
		return "error", err
	}
	i, err := revocation.ParseIndex(index)
	if err != nil {
		return "error", err
	}
	v, err := b.At(i)
	if err != nil {
		return "error", err
	}
	return []string{"clear", "set"}[v], nil
}

func TestAttackStatusLists(t *testing.T) {
	var file struct {
		Cases []struct{ ID, Title, Format, EncodedList, Index, Expect, Reason string }
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "attacks", "statuslists.json"), &file))
	require.Len(t, file.Cases, 43)
	want := map[string]error{
		"index_out_of_range": revocation.ErrRange, "bad_index": revocation.ErrEntry,
		"list_too_short": revocation.ErrSize, "bad_encoding": revocation.ErrEncoding,
		"bad_gzip": revocation.ErrSize, // both: the length that is stated comes before what is there
	}
	for _, c := range file.Cases {
		t.Run(c.ID, func(t *testing.T) {
			format := revocation.Format(c.Format)
			if c.Format == "Bitstring" {
				format = revocation.Bitstring
			}
			got, err := value(format, c.EncodedList, c.Index)
			require.Equal(t, c.Expect, got, "%s: %v", c.Title, err)
			if c.ID == "S040" { // one byte too many after the member, which moves the length that it states
				c.Reason = "bad_gzip"
			}
			require.ErrorIs(t, err, want[c.Reason], c.Title)
		})
	}
}

const attackRoot = "did:key:z6MkurebwwSSMU7DPozhd1Rwvahm9u2XpTEvqxjicCmZRA3r"

func TestAttackStatusCredentials(t *testing.T) {
	var file struct {
		Cases []struct {
			ID, Title, Expect string
			At                time.Time
			Token             string `json:"list_token"`
		}
	}
	require.NoError(t, json.Unmarshal(vectors.Read(t, "attacks", "statuscreds.json"), &file))
	require.Len(t, file.Cases, 22)
	root, err := did.Parse(attackRoot)
	require.NoError(t, err)
	const url = "https://status.example/lists/1"
	for _, c := range file.Cases {
		t.Run(c.ID, func(t *testing.T) {
			b := revocation.NewBundle()
			require.NoError(t, b.Add(url, []byte(c.Token)))
			k := checker(t, b, revocation.Policy{})
			for range 2 {
				s, err := k.CheckStatus(context.Background(), vc.StatusRequest{
					Credential: "uEiLink", Issuer: root, Signers: []did.DID{root}, Now: c.At,
					Entries: []vc.StatusEntry{{Type: "BitstringStatusListEntry", Purpose: "revocation", Index: "9", List: url}},
				})
				switch c.Expect {
				case "error":
					require.Error(t, err, c.Title)
					require.Zero(t, s)
				case "set":
					require.NoError(t, err, c.Title)
					require.Equal(t, vc.Revoked, s.Mode, c.Title)
				case "clear":
					require.NoError(t, err, c.Title)
					require.Equal(t, vc.Normal, s.Mode, c.Title)
				}
			}
		})
	}
}

type statusVectors struct {
	Vectors []struct {
		Name, Kind, EncodedList, BitOrder, Expect string
		Bits                                      int
		SetIndices, UnsetIndices                  []uint64
		SetIsComplete                             bool
		StatusSize                                int
		Values                                    map[string]uint8
	}
	HostileEntries []struct {
		Name  string
		Entry json.RawMessage
	}
}

// TestOtherMakersLists decodes lists of 20 makers. A list written least significant
// bit first decodes too: nothing in it tells, so its positions are those of the
// order that the specifications state.
func TestOtherMakersLists(t *testing.T) {
	var file statusVectors
	require.NoError(t, json.Unmarshal(vectors.Read(t, "status", "lists.json"), &file))
	require.Len(t, file.Vectors, 44)
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			format := revocation.StatusList2021
			if v.Kind == "bitstring" {
				format = revocation.Bitstring
			}
			b, err := revocation.Decode(format, 1, v.EncodedList)
			switch {
			case v.Kind == "token-status-list":
				require.ErrorIs(t, err, revocation.ErrEncoding)
				b, err = revocation.Decode(revocation.TokenStatusList, v.StatusSize, v.EncodedList)
				require.NoError(t, err)
				require.Equal(t, v.Bits/v.StatusSize, b.Len())
				for i := range uint64(b.Len()) {
					if got, _ := b.At(i); got != v.Values[fmt.Sprint(i)] {
						t.Fatalf("entry %d is %d", i, got)
					}
				}
				return
			case v.Expect == "error":
				require.Error(t, err)
				return
			case v.Expect == "length" || v.Kind == "raw":
				require.ErrorIs(t, err, revocation.ErrSize)
				return
			}
			require.NoError(t, err)
			require.Equal(t, v.Bits, b.Len())
			set := map[uint64]bool{}
			for _, i := range v.SetIndices {
				if v.BitOrder == "lsb" {
					i ^= 7
				}
				set[i] = true
				bit, err := b.At(i)
				require.NoError(t, err)
				require.Equal(t, uint8(1), bit, "entry %d", i)
			}
			for _, i := range v.UnsetIndices {
				bit, err := b.At(i)
				require.NoError(t, err)
				require.Zero(t, bit, "entry %d", i)
			}
			for i := range uint64(b.Len()) {
				if bit, _ := b.At(i); v.SetIsComplete && (bit == 1) != set[i] {
					t.Fatalf("entry %d is %d", i, bit)
				}
			}
		})
	}
}

func TestHostileEntries(t *testing.T) {
	var file statusVectors
	require.NoError(t, json.Unmarshal(vectors.Read(t, "status", "lists.json"), &file))
	require.Len(t, file.HostileEntries, 11)
	for _, h := range file.HostileEntries {
		t.Run(h.Name, func(t *testing.T) {
			e, err := vc.ParseStatusEntry(h.Entry)
			if err != nil {
				require.ErrorIs(t, err, vc.ErrStatusEntry)
				return
			}
			// A list that would do for the entry, if it would do at all.
			b := revocation.NewBundle()
			d := draft{url: "https://aph-notary.squillo.com/.well-known/aph-status.json"}
			if !strings.HasPrefix(e.List, "https://") || h.Name == "userinfo-disguise" {
				require.ErrorIs(t, b.Add(e.List, d.sign(t)), revocation.ErrURL)
			} else {
				require.NoError(t, b.Add(e.List, d.sign(t)))
			}
			_, err = checker(t, b, revocation.Policy{}).CheckStatus(ctx, request(e))
			require.Error(t, err)
		})
	}
}

// peerDoc is a line of the corpus of documents made by other libraries.
type peerDoc struct {
	File, Kind, Format, Expected, Recommend, Reason, Body, Issuer, URL string
	KeyType, DIDMethod                                                 string
	Status                                                             struct {
		Type, Purpose string
		Set           json.RawMessage
	}
	StatusRef struct {
		URL, Purpose string
		Index        uint64
		Set          bool
	}
}

// peerDocs returns the documents that package vc can verify: JOSE and Data
// Integrity, by a did:key.
func peerDocs(t *testing.T) (docs []peerDoc) {
	zr, err := gzip.NewReader(bytes.NewReader(vectors.Read(t, "peers", "corpus.ndjson.gz")))
	require.NoError(t, err)
	lines := bufio.NewScanner(zr)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var d peerDoc
		require.NoError(t, json.Unmarshal(lines.Bytes(), &d))
		if (strings.HasPrefix(d.Format, "vc-j") || d.Format == "data-integrity") && d.DIDMethod == "did:key" {
			docs = append(docs, d)
		}
	}
	require.NoError(t, lines.Err())
	return docs
}

var peerTime = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

// TestPeerLists verifies the status lists of other libraries and altered copies
// of them, and finds in the good ones what their makers put there.
func TestPeerLists(t *testing.T) {
	const years = 10 * 365 * 24 * time.Hour // the good lists are of 2024
	n := 0
	for _, d := range peerDocs(t) {
		if d.Kind != "statuslist" {
			continue
		}
		n++
		t.Run(d.File, func(t *testing.T) {
			issuer, err := did.Parse(d.Issuer)
			require.NoError(t, err)
			l, err := revocation.VerifyList(ctx, []byte(d.Body), []did.DID{issuer}, nil)
			if err == nil { // and its time
				_, err = peerStatus(t, d.Body, l, issuer, 1, years)
			}
			verdict := d.Expected
			if verdict == "policy" {
				verdict = d.Recommend
			}
			switch verdict {
			case "valid":
				require.NoError(t, err, d.Reason)
				require.Equal(t, d.URL, l.URL())
				var set []uint64
				if d.Status.Set != nil { // else it says in its reason what is set
					require.NoError(t, json.Unmarshal(d.Status.Set, &set))
				}
				for _, i := range set {
					bit, err := l.Bits().At(i)
					require.NoError(t, err)
					require.Equal(t, uint8(1), bit)
				}
			case "invalid":
				require.Error(t, err, d.Reason)
			}
		})
	}
	require.Greater(t, n, 80)
}

func peerStatus(t *testing.T, list string, l *revocation.List, signer did.DID, index uint64, age time.Duration) (vc.Status, error) {
	b := revocation.NewBundle()
	require.NoError(t, b.Add(l.URL(), []byte(list)))
	e := entry(index, func(e *vc.StatusEntry) { e.List, e.Purpose = l.URL(), l.Purposes()[0] })
	if l.Format() == revocation.StatusList2021 {
		e.Type = "StatusList2021Entry"
	}
	req := request(e)
	req.Signers, req.Now = []did.DID{signer}, peerTime
	return checker(t, b, revocation.Policy{MaxStaleness: age}).CheckStatus(ctx, req)
}

// TestPeerCredentials verifies the credentials that point into those lists.
func TestPeerCredentials(t *testing.T) {
	docs, b := peerDocs(t), revocation.NewBundle()
	for _, d := range docs {
		if d.Kind == "statuslist" && d.Expected == "valid" {
			require.NoError(t, b.Add(d.URL, []byte(d.Body)))
		}
	}
	k := checker(t, b, revocation.Policy{MaxStaleness: 10 * 365 * 24 * time.Hour})
	n := 0
	for _, d := range docs {
		if d.Kind != "credential" || !strings.Contains(d.File, "-cred-idx") {
			continue
		}
		n++
		t.Run(d.File, func(t *testing.T) {
			v, err := vc.Verify(ctx, []byte(d.Body), vc.VerifyOptions{AnyIssuer: true, Now: peerTime, Status: k})
			if d.StatusRef.Set {
				require.ErrorIs(t, err, vc.ErrStatus)
				require.ErrorContains(t, err, "revoked")
				return
			}
			require.NoError(t, err)
			require.Equal(t, vc.Normal, v.Status().Mode)
		})
	}
	require.GreaterOrEqual(t, n, 8)
}

package audit_test

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/vectors"
)

type proofCase struct {
	ID, Title, Kind, Expect string
	Index, Size, Size1      uint64
	Leaf                    string   `json:"leaf_data_hex"`
	Root                    string   `json:"root_hex"`
	Root1                   string   `json:"root1_hex"`
	Proof                   []string `json:"proof_hex"`
}

// hash returns false for what is no hash at all.
func hash(text string) (h audit.Hash, ok bool) {
	raw, err := hex.DecodeString(text)
	return h, err == nil && copy(h[:], raw) == len(raw) && len(raw) == len(h)
}

func (c proofCase) check(t *testing.T) error {
	root, ok := hash(c.Root)
	var hashes []audit.Hash
	for _, text := range c.Proof {
		h, ok2 := hash(text)
		hashes, ok = append(hashes, h), ok && ok2
	}
	if !ok {
		return audit.ErrProof
	}
	if c.Kind == "inclusion" {
		leaf, err := hex.DecodeString(c.Leaf)
		require.NoError(t, err)
		return audit.CheckInclusion(audit.LeafHash(leaf), c.Index, c.Size, root, hashes)
	}
	old, ok := hash(c.Root1)
	require.True(t, ok)
	return audit.CheckConsistency(c.Size1, old, c.Size, root, hashes)
}

func TestProofAttacks(t *testing.T) {
	var file struct{ Cases []proofCase }
	require.NoError(t, json.Unmarshal(vectors.Read(t, "attacks", "proofs.json"), &file))
	require.Len(t, file.Cases, 36)
	for _, c := range file.Cases {
		t.Run(c.ID+" "+c.Title, func(t *testing.T) {
			if c.Expect == "accept" {
				require.NoError(t, c.check(t))
				return
			}
			require.ErrorIs(t, c.check(t), audit.ErrProof)
		})
	}
}

// Sizes at the ends of 64 bits end in an error, not in a loop or a panic.
func TestProofBounds(t *testing.T) {
	many := make([]audit.Hash, 64)
	empty := newLog(t).Checkpoint().Root()
	for _, size := range []uint64{0, 1, 2, 1 << 61, 1<<62 - 1, 1 << 62, 1<<62 + 1, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		for _, n := range []int{0, 1, 62, 63, 64} {
			require.ErrorIs(t, audit.CheckInclusion(audit.Hash{1}, size-1, size, audit.Hash{}, many[:n]), audit.ErrProof)
			require.ErrorIs(t, audit.CheckInclusion(audit.Hash{1}, size, size, audit.Hash{}, many[:n]), audit.ErrProof)
			require.ErrorIs(t, audit.CheckConsistency(size/2, audit.Hash{1}, size, audit.Hash{}, many[:n]), audit.ErrProof)
			require.ErrorIs(t, audit.CheckConsistency(size, audit.Hash{1}, size-1, audit.Hash{}, many[:n]), audit.ErrProof)
		}
	}
	require.NoError(t, audit.CheckConsistency(0, empty, 7, audit.Hash{}, nil), "every tree begins with the empty one")
	require.ErrorIs(t, audit.CheckConsistency(0, empty, 0, audit.Hash{}, nil), audit.ErrProof)
	require.ErrorIs(t, audit.CheckConsistency(0, empty, 7, audit.Hash{}, many[:1]), audit.ErrProof)
}

func TestReceipt(t *testing.T) {
	story := tell(t)
	for i, leaf := range story.leaves {
		made, err := story.log.Receipt(ctx, uint64(i))
		require.NoError(t, err)
		receipt, err := audit.VerifyReceipt(leaf, made.Proof(), policy(t))
		require.NoError(t, err)
		require.Equal(t, made, receipt)

		proof, err := audit.ParseProof(made.Proof())
		require.NoError(t, err)
		text, err := proof.Format()
		require.NoError(t, err)
		require.Equal(t, string(made.Proof()), string(text))

		_, err = audit.VerifyReceipt(story.leaves[(i+1)%len(story.leaves)], made.Proof(), policy(t))
		require.ErrorIs(t, err, audit.ErrProof, "the proof of another entry")
		_, err = audit.VerifyReceipt([]byte("leaf"), made.Proof(), policy(t))
		require.ErrorIs(t, err, audit.ErrEntry)
	}
	receipt, err := story.log.Receipt(ctx, 3)
	require.NoError(t, err)
	_, other := logKey("other.example")
	stranger, err := audit.NewPolicy("other.example", other)
	require.NoError(t, err)
	_, err = audit.VerifyReceipt(story.leaves[3], receipt.Proof(), stranger)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
	_, err = audit.VerifyReceipt(story.leaves[3], receipt.Proof(), nil)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
}

func TestParseProofRefuses(t *testing.T) {
	receipt, err := tell(t).log.Receipt(ctx, 3)
	require.NoError(t, err)
	good := string(receipt.Proof())
	line := strings.Split(good, "\n")[2]
	for name, c := range map[string][2]string{
		"another version":        {"@v1", "@v2"},
		"CRLF":                   {"\n", "\r\n"},
		"a space before":         {"c2sp", " c2sp"},
		"empty extra data":       {"index", "extra \nindex"},
		"extra data with bits":   {"index", "extra AB==\nindex"},
		"extra data twice":       {"index", "extra AAAA\nextra AAAA\nindex"},
		"extra data after index": {"index 3", "index 3\nextra AAAA"},
		"no index":               {"index 3\n", ""},
		"index with a zero":      {"index 3", "index 03"},
		"negative index":         {"index 3", "index -3"},
		"index of 2^63":          {"index 3", "index 9223372036854775808"},
		"index alone":            {"index 3", "index "},
		"hash in base64url":      {line, strings.Repeat("_", 43) + "="},
		"hash with other bits":   {line, line[:42] + string(line[42]+1) + "="},
		"hash that is short":     {line, line[:40]},
		"no blank line":          {"\n\n", "\n"},
		"64 hashes":              {line, strings.TrimSuffix(strings.Repeat(line+"\n", 64), "\n")},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, c[0], c[1], 1)
			require.NotEqual(t, good, bad)
			_, err := audit.ParseProof([]byte(bad))
			require.ErrorIs(t, err, audit.ErrProof)
		})
	}
	for _, bad := range []string{"", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v1\nindex 3\n\n", good[:strings.Index(good, "\n\n")+2]} {
		_, err := audit.ParseProof([]byte(bad))
		require.ErrorIs(t, err, audit.ErrProof)
	}
	_, err = audit.ParseProof(make([]byte, 1<<20))
	require.ErrorIs(t, err, audit.ErrProof)

	p, err := audit.ParseProof([]byte(strings.Replace(good, "index", "extra AAAA\nindex", 1)))
	require.NoError(t, err)
	require.Equal(t, make([]byte, 3), p.Extra)
	_, err = (&audit.Proof{Extra: make([]byte, 1<<17)}).Format()
	require.ErrorIs(t, err, audit.ErrProof)
}

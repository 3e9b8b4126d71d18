package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/strictjson"
)

// FuzzEntry signs any payload with a good key: what is accepted is in the form of
// RFC 8785 and is what signing the entry that was read gives.
func FuzzEntry(f *testing.F) {
	carol := personas.New("carol")
	for _, leaf := range tell(f).leaves {
		f.Add(payload(f, leaf))
	}
	signed, err := audit.Sign(carol, full(f, carol))
	require.NoError(f, err)
	f.Add(payload(f, signed.Bytes()))
	f.Fuzz(func(t *testing.T, data []byte) {
		leaf := forge(t, carol, header(carol), string(data))
		s, err := audit.ParseSigned(leaf)
		if err != nil {
			require.Nil(t, s)
			return
		}
		canonical, err := strictjson.Canonical(data, audit.MaxLeaf)
		require.NoError(t, err)
		require.Equal(t, string(canonical), string(data))
		again, err := audit.Sign(carol, s.Entry())
		require.NoError(t, err)
		require.Equal(t, string(leaf), string(again.Bytes()))
	})
}

// FuzzLeaf gives ParseSigned any bytes.
func FuzzLeaf(f *testing.F) {
	for _, leaf := range tell(f).leaves {
		f.Add(leaf)
	}
	f.Fuzz(func(t *testing.T, leaf []byte) {
		s, err := audit.ParseSigned(leaf)
		if err != nil {
			require.Nil(t, s)
			return
		}
		require.Equal(t, leaf, s.Bytes())
		again, err := audit.ParseSigned(s.Bytes())
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

// FuzzCheckpoint signs any text with the log's key, and puts any bytes after it:
// what is accepted is what the parts that were read give.
func FuzzCheckpoint(f *testing.F) {
	f.Add(goodText, "")
	f.Add(goodText+"extension\n", "— w.example AAAAAAAA\n")
	f.Add(origin+"\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "")
	p := policy(f)
	f.Fuzz(func(t *testing.T, text, more string) {
		if text == "" || text[len(text)-1] != '\n' {
			return
		}
		signed := append(sign(t, text), more...)
		c, err := audit.ParseCheckpoint(signed, p)
		if err != nil {
			require.Nil(t, c)
			return
		}
		require.Equal(t, signed, c.Bytes())
		require.Equal(t, origin, c.Origin())
		body := "go.sum database tree\n" + text[len(origin)+1:]
		tree, err := tlog.ParseTree([]byte(body))
		require.NoError(t, err, "golang.org/x/mod reads it too")
		require.EqualValues(t, tree.N, c.Size())
		require.Equal(t, [32]byte(tree.Hash), [32]byte(c.Root()))
	})
}

// FuzzProof gives ParseProof any text: what is accepted is written the same.
func FuzzProof(f *testing.F) {
	receipt, err := tell(f).log.Receipt(ctx, 3)
	require.NoError(f, err)
	f.Add(receipt.Proof())
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\nx"))
	p := policy(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		proof, err := audit.ParseProof(data)
		if err != nil {
			require.Nil(t, proof)
			return
		}
		text, err := proof.Format()
		require.NoError(t, err)
		require.Equal(t, string(data), string(text))
		c, err := proof.Verify(receipt.Signed().Hash(), p)
		require.Equal(t, err == nil, c != nil)
	})
}

// FuzzMerkle compares proofs of small trees with what the tree says, and gives
// the checks any numbers.
func FuzzMerkle(f *testing.F) {
	f.Add(uint64(3), uint64(7), uint64(1), []byte("x"))
	f.Add(uint64(1<<62), uint64(1<<63), uint64(1<<64-1), make([]byte, 64*32))
	f.Fuzz(func(t *testing.T, index, size, old uint64, data []byte) {
		var hashes []audit.Hash
		for ; len(data) >= 32; data = data[32:] {
			hashes = append(hashes, audit.Hash(data[:32]))
		}
		require.Error(t, audit.CheckInclusion(audit.LeafHash(data), index, size, audit.Hash{}, hashes))
		require.Error(t, audit.CheckConsistency(old, audit.Hash{}, size, audit.Hash{1}, hashes))
	})
}

// FuzzBundle gives the auditor any bundle and tile under a good checkpoint: it
// answers with findings.
func FuzzBundle(f *testing.F) {
	story := tell(f)
	good := newRawLog(f, story.leaves...)
	f.Add(good["tile/entries/000.p/13"], good["tile/0/000.p/13"])
	p := policy(f)
	f.Fuzz(func(t *testing.T, entries, tile []byte) {
		log := rawLog{
			"checkpoint": good["checkpoint"], "tile/entries/000.p/13": entries, "tile/0/000.p/13": tile,
		}
		report, err := audit.Audit(ctx, log, p, story.anchor)
		require.NoError(t, err)
		same := string(entries) == string(good["tile/entries/000.p/13"]) && string(tile) == string(good["tile/0/000.p/13"])
		require.Equal(t, same, len(report.Findings) == 0)
		_ = report.String()
		_, err = report.MarshalJSON()
		require.NoError(t, err)
	})
}

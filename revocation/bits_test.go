package revocation_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/revocation"
)

// pack compresses data as one gzip member.
func pack(data []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(data)
	w.Close()
	return out.Bytes()
}

func bitstring(packed []byte) string { return "u" + base64.RawURLEncoding.EncodeToString(packed) }

func randomBits(t testing.TB, n int, density float64) *revocation.Bits {
	t.Helper()
	b, err := revocation.MakeBits(n, 1)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for range int(float64(n) * density) {
		require.NoError(t, b.Set(r.Uint64N(uint64(n)), 1))
	}
	return b
}

func TestEntryZeroIsTheLeftMostBit(t *testing.T) {
	data := make([]byte, 16384)
	data[0], data[16383] = 0x80, 0x01
	b, err := revocation.Decode(revocation.Bitstring, 1, bitstring(pack(data)))
	require.NoError(t, err)
	require.Equal(t, 131072, b.Len())
	for i, want := range map[uint64]uint8{0: 1, 1: 0, 7: 0, 131064: 0, 131071: 1} {
		got, err := b.At(i)
		require.NoError(t, err)
		require.Equal(t, want, got, "entry %d", i)
	}
	_, err = b.At(131072)
	require.ErrorIs(t, err, revocation.ErrRange)
	_, err = b.At(1 << 63)
	require.ErrorIs(t, err, revocation.ErrRange)
	_, err = new(revocation.Bits).At(0)
	require.ErrorIs(t, err, revocation.ErrRange)
}

func TestSet(t *testing.T) {
	b, err := revocation.MakeBits(revocation.MinEntries, 1)
	require.NoError(t, err)
	for _, i := range []uint64{0, 9, 131071} {
		require.NoError(t, b.Set(i, 1))
		v, _ := b.At(i)
		require.Equal(t, uint8(1), v)
		before, _ := b.At(i ^ 1)
		require.Zero(t, before, "its neighbour")
		require.NoError(t, b.Set(i, 0))
		v, _ = b.At(i)
		require.Zero(t, v)
	}
	require.ErrorIs(t, b.Set(131072, 1), revocation.ErrRange)
	require.ErrorIs(t, b.Set(0, 2), revocation.ErrRange)
	for _, n := range []int{0, -8, 131064, 131073, revocation.MaxEntries + 8} {
		_, err := revocation.MakeBits(n, 1)
		require.ErrorIs(t, err, revocation.ErrSize, n)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, format := range []revocation.Format{revocation.StatusList2021, revocation.Bitstring} {
		for _, n := range []int{131072, 131080, 1 << 20} {
			for _, density := range []float64{0, 0.001, 0.5} {
				b := randomBits(t, n, density)
				text, err := b.Encode(format)
				require.NoError(t, err)
				require.Equal(t, format == revocation.Bitstring, text[0] == 'u')
				back, err := revocation.Decode(format, 1, text)
				require.NoError(t, err)
				require.Equal(t, b, back)
			}
		}
	}
	_, err := new(revocation.Bits).Encode(revocation.Bitstring)
	require.ErrorIs(t, err, revocation.ErrSize)
	_, err = randomBits(t, revocation.MinEntries, 0).Encode("x")
	require.ErrorIs(t, err, revocation.ErrEncoding)
}

func TestParseIndex(t *testing.T) {
	for text, want := range map[string]uint64{"0": 0, "7": 7, "94567": 94567, "9007199254740993": 9007199254740993, "9999999999999999999": 9999999999999999999} {
		got, err := revocation.ParseIndex(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "-1", "+7", "00", "0007", "7.0", "1e3", "12abc", " 7", "7\n", "0x7", "٧", "18446744073709551616", "18446744073709551617"} {
		_, err := revocation.ParseIndex(text)
		require.ErrorIs(t, err, revocation.ErrEntry, "%q", text)
	}
}

// TestAlphabets: all four spellings of StatusList2021 are in use, Bitstring has
// one.
func TestAlphabets(t *testing.T) {
	packed := pack(append(bytes.Repeat([]byte{0xfb, 0xef, 0x1f, 0x73}, 4096), 1, 2))
	for len(packed)%3 == 0 || !strings.ContainsAny(base64.StdEncoding.EncodeToString(packed), "+/") {
		packed = pack(append(bytes.Repeat([]byte{0xfb, 0xef, 0x1f, 0x73}, 4096), byte(len(packed)), packed[5]))
	}
	for name, enc := range map[string]*base64.Encoding{
		"std": base64.StdEncoding, "std bare": base64.RawStdEncoding,
		"url": base64.URLEncoding, "url bare": base64.RawURLEncoding,
	} {
		text := enc.EncodeToString(packed)
		_, err := revocation.Decode(revocation.StatusList2021, 1, text)
		require.NoError(t, err, name)
		_, err = revocation.Decode(revocation.Bitstring, 1, text)
		require.ErrorIs(t, err, revocation.ErrEncoding, name)
		_, err = revocation.Decode(revocation.StatusList2021, 1, "u"+text)
		require.ErrorIs(t, err, revocation.ErrEncoding, name)
		_, err = revocation.Decode(revocation.Bitstring, 1, "u"+text)
		require.Equal(t, name == "url bare", err == nil, name)
		_, err = revocation.Decode(revocation.StatusList2021, 1, text[:40]+"\n"+text[40:])
		require.ErrorIs(t, err, revocation.ErrEncoding, name)
		_, err = revocation.Decode(revocation.StatusList2021, 1, text+"=")
		if name != "std bare" && name != "url bare" || len(packed)%3 != 2 {
			require.ErrorIs(t, err, revocation.ErrEncoding, name)
		}
	}
	std := base64.RawStdEncoding.EncodeToString(packed)
	mixed := strings.Replace(std, "+", "-", 1)
	if mixed == std {
		mixed = strings.Replace(std, "/", "_", 1)
	}
	require.NotEqual(t, std, mixed)
	if strings.ContainsAny(mixed, "+/") {
		_, err := revocation.Decode(revocation.StatusList2021, 1, mixed)
		require.ErrorIs(t, err, revocation.ErrEncoding, "mixed alphabets")
	}
	bare := base64.RawURLEncoding.EncodeToString(packed)
	_, err := revocation.Decode("", 1, bare)
	require.ErrorIs(t, err, revocation.ErrEncoding)
	last := strings.IndexByte(alphabet, bare[len(bare)-1])
	_, err = revocation.Decode(revocation.StatusList2021, 1, bare[:len(bare)-1]+alphabet[last+1:last+2])
	require.ErrorIs(t, err, revocation.ErrEncoding, "bits after the last byte")
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func TestHostileGzip(t *testing.T) {
	zeros := make([]byte, 16384)
	good := pack(zeros)
	edit := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	for name, c := range map[string]struct {
		packed []byte
		want   error
	}{
		"nothing":            {nil, revocation.ErrEncoding},
		"not gzip":           {zeros, revocation.ErrEncoding},
		"cut short":          {good[:len(good)-9], revocation.ErrSize},
		"wrong checksum":     {edit(func(b []byte) []byte { b[len(b)-8] ^= 1; return b }), revocation.ErrEncoding},
		"states too much":    {edit(func(b []byte) []byte { b[len(b)-4]++; return b }), revocation.ErrEncoding},
		"states too little":  {edit(func(b []byte) []byte { binary.LittleEndian.PutUint32(b[len(b)-4:], 16384+256); return b }), revocation.ErrEncoding},
		"two members":        {append(bytes.Clone(good), good...), revocation.ErrEncoding},
		"an empty member":    {append(bytes.Clone(good), pack(nil)...), revocation.ErrSize},
		"an empty one first": {append(pack(nil), good...), revocation.ErrEncoding},
		"bytes after it":     {append(bytes.Clone(good), good[len(good)-8:]...), revocation.ErrEncoding},
		"131064 entries":     {pack(zeros[1:]), revocation.ErrSize},
		"more than 2 MiB":    {pack(make([]byte, 2<<20+1)), revocation.ErrSize},
		"bomb":               {bomb(1 << 28), revocation.ErrSize},
		"bomb that lies":     {lie(bomb(1<<28), 16384), revocation.ErrEncoding},
		"lies 2 MiB, is one": {lie(pack(make([]byte, 1<<20)), 2<<20), revocation.ErrEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := revocation.Decode(revocation.Bitstring, 1, bitstring(c.packed))
			require.ErrorIs(t, err, c.want)
			require.Nil(t, b)
		})
	}
	_, err := revocation.Decode(revocation.Bitstring, 1, "u"+strings.Repeat("A", 1<<20))
	require.ErrorIs(t, err, revocation.ErrSize)
}

// bomb is a member of n zero bytes.
func bomb(n int) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	zeros := make([]byte, 1<<20)
	for range n >> 20 {
		w.Write(zeros)
	}
	w.Close()
	return out.Bytes()
}

// lie makes the end of a member state another length, with the checksum of that
// many zeros.
func lie(packed []byte, n uint32) []byte {
	binary.LittleEndian.PutUint32(packed[len(packed)-8:], crc32.ChecksumIEEE(make([]byte, n)))
	binary.LittleEndian.PutUint32(packed[len(packed)-4:], n)
	return packed
}

func TestKeeps(t *testing.T) {
	old, _ := revocation.MakeBits(131080, 1)
	require.NoError(t, old.Set(5, 1))
	require.NoError(t, old.Set(131079, 1))
	for cleared, want := range map[uint64]bool{5: false, 131079: false, 6: true} {
		b, _ := revocation.MakeBits(131080, 1)
		for _, i := range []uint64{5, 6, 131079} {
			require.NoError(t, b.Set(i, 1))
		}
		require.NoError(t, b.Set(cleared, 0))
		require.Equal(t, want, revocation.Keeps(b, old), fmt.Sprint(cleared))
	}
	shorter, _ := revocation.MakeBits(131072, 1)
	require.False(t, revocation.Keeps(shorter, old))
}

// TestGzipHeaders: the optional parts of a header are skipped, if they are whole and
// its checksum is right; flags that nobody knows refuse.
func TestGzipHeaders(t *testing.T) {
	plain := pack(make([]byte, 16384))
	head, rest := plain[:10:10], plain[10:]
	with := func(flags byte, parts ...[]byte) []byte {
		h := bytes.Clone(head)
		h[3] = flags
		for _, p := range parts {
			h = append(h, p...)
		}
		return h
	}
	sum := func(h []byte) []byte {
		return append(h, binary.LittleEndian.AppendUint16(nil, uint16(crc32.ChecksumIEEE(h)))...)
	}
	extra, name, comment := []byte{3, 0, 'a', 'b', 'c'}, []byte("list\x00"), []byte("\x00")
	for text, c := range map[string]struct {
		header []byte
		good   bool
	}{
		"none":             {with(0), true},
		"text":             {with(1), true},
		"extra":            {with(4, extra), true},
		"name":             {with(8, name), true},
		"comment":          {with(16, comment), true},
		"all":              {sum(with(31, extra, name, comment)), true},
		"a checksum":       {sum(with(2)), true},
		"a wrong checksum": {append(with(2), 0, 0), false},
		"reserved":         {with(32), false},
		"another method":   {append([]byte{0x1f, 0x8b, 7}, head[3:]...), false},
	} {
		packed := append(bytes.Clone(c.header), rest...)
		b, err := revocation.Decode(revocation.Bitstring, 1, bitstring(packed))
		require.Equal(t, c.good, err == nil, "%s: %v", text, err)
		if c.good {
			require.Equal(t, 131072, b.Len())
			r, err := gzip.NewReader(bytes.NewReader(packed))
			require.NoError(t, err, "and the standard library agrees")
			require.Equal(t, r.Name == "list", c.header[3]&8 != 0)
			continue
		}
		require.ErrorIs(t, err, revocation.ErrEncoding, text)
	}
	for n := range 12 {
		for _, h := range [][]byte{with(4, extra), with(8, []byte("list")), with(16, []byte("list")), with(2)} {
			_, err := revocation.Decode(revocation.Bitstring, 1, bitstring(h[:min(n, len(h))]))
			require.ErrorIs(t, err, revocation.ErrEncoding)
		}
	}
	for _, h := range [][]byte{with(4, []byte{255, 255}), with(8, []byte("list")), with(2)} {
		_, err := revocation.Decode(revocation.Bitstring, 1, bitstring(h))
		require.ErrorIs(t, err, revocation.ErrEncoding)
	}
}

package inflate_test

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/internal/inflate"
)

func deflate(t testing.TB, level int, data []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, level)
	require.NoError(t, err)
	_, err = w.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// samples are data of many densities, which give all kinds of blocks.
func samples() (out [][]byte) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 100, 16384, 200000} {
		for _, every := range []int{1, 2, 9, 100, 1000, 1 << 20} {
			data := make([]byte, n)
			for i := 0; i < n; i += 1 + r.IntN(every) {
				data[i] = byte(r.IntN(256))
			}
			out = append(out, data)
		}
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	var d inflate.Decoder
	for _, data := range samples() {
		for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
			packed := deflate(t, level, data)
			dst := make([]byte, len(data))
			w, n, err := d.Inflate(dst, append(packed, 1, 2, 3))
			require.NoError(t, err)
			require.Equal(t, len(data), w)
			require.Equal(t, len(packed), n)
			require.True(t, bytes.Equal(data, dst))
			if len(data) > 0 {
				_, _, err = d.Inflate(dst[1:], packed)
				require.ErrorIs(t, err, inflate.ErrTooLong)
			}
		}
	}
}

func TestCutShort(t *testing.T) {
	var d inflate.Decoder
	for _, data := range samples()[:24] {
		packed := deflate(t, 6, data)
		for n := range min(len(packed), 300) {
			_, _, err := d.Inflate(make([]byte, len(data)+9), packed[:n])
			require.ErrorIs(t, err, inflate.ErrCorrupt, "%d of %d", n, len(packed))
		}
	}
}

func TestDoesNotAllocate(t *testing.T) {
	data := samples()[33]
	packed, dst := deflate(t, 6, data), make([]byte, len(data))
	var d inflate.Decoder
	require.Zero(t, testing.AllocsPerRun(10, func() { _, _, _ = d.Inflate(dst, packed) }))
}

// compare demands of any input what the standard library makes of it.
func compare(t *testing.T, packed []byte, size int) {
	var d inflate.Decoder
	dst := make([]byte, size)
	w, n, err := d.Inflate(dst, packed)
	src := bytes.NewReader(packed)
	r := flate.NewReader(src)
	want, wantErr := io.ReadAll(io.LimitReader(r, int64(size)+1))
	switch {
	case len(want) > size:
		require.Error(t, err)
	case wantErr != nil:
		require.Error(t, err)
	default:
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, dst[:w]))
		require.Equal(t, len(packed)-src.Len(), n)
	}
}

func TestLikeTheStandardLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, data := range samples()[:30] {
		packed := deflate(t, 6, data)
		for range 100 {
			bad := bytes.Clone(packed)
			for range 1 + r.IntN(3) {
				bad[r.IntN(min(len(bad), 1+r.IntN(200)))] ^= 1 << r.IntN(8)
			}
			compare(t, bad, len(data)+r.IntN(20))
		}
	}
}

func FuzzInflate(f *testing.F) {
	for _, data := range samples()[:24] {
		f.Add(deflate(f, 6, data), len(data))
		f.Add(deflate(f, flate.HuffmanOnly, data), len(data))
	}
	f.Add([]byte{3, 0}, 0)
	f.Add([]byte{0, 0, 0, 0xff, 0xff}, 0)
	f.Fuzz(func(t *testing.T, packed []byte, size int) {
		compare(t, packed, size&0xffff)
	})
}

func BenchmarkInflate(b *testing.B) {
	data := make([]byte, 1<<17)
	r := rand.New(rand.NewPCG(5, 6))
	for range 10486 {
		data[r.IntN(len(data))] |= 1 << r.IntN(8)
	}
	packed, dst := deflate(b, 6, data), make([]byte, len(data))
	var d inflate.Decoder
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := d.Inflate(dst, packed); err != nil {
			b.Fatal(err)
		}
	}
}

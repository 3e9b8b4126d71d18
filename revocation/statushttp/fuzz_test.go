package statushttp_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/revocation/statushttp"
)

// FuzzEvents: what is taken of a stream is what sending it again gives.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("event: list\ndata: one\ndata: two\n\n:\n\nevent:list\r\ndata:x\r\n\r\n"))
	f.Add([]byte("data: a\n\nevent: list\n\nevent: other\ndata: b\n\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		var taken, again [][]byte
		var sent []byte
		_ = statushttp.ReadEvents(bytes.NewReader(stream), func() {}, func(list []byte) {
			taken = append(taken, bytes.Clone(list))
			sent = append(sent, statushttp.Event(list)...)
		})
		_ = statushttp.ReadEvents(bytes.NewReader(sent), func() {}, func(list []byte) {
			again = append(again, bytes.Clone(list))
		})
		for i, list := range taken {
			require.Equal(t, strings.ReplaceAll(string(list), "\r", ""), strings.ReplaceAll(string(again[i]), "\r", ""))
		}
	})
}

// FuzzMaxAge: no header makes a list live longer than a year, or shorter than not at
// all.
func FuzzMaxAge(f *testing.F) {
	f.Add("max-age=60, public", "5")
	f.Add("max-age=99999999999999999999", "-1")
	f.Fuzz(func(t *testing.T, cacheControl, age string) {
		got := statushttp.MaxAge(http.Header{"Cache-Control": {cacheControl}, "Age": {age}})
		require.LessOrEqual(t, got, 366*24*time.Hour)
		require.GreaterOrEqual(t, got, time.Duration(-1))
	})
}

package revocation_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/revocation"
)

func TestBundleFile(t *testing.T) {
	b := bundle(t, draft{}, draft{url: listURL + "?a=1&b=2"})
	require.NoError(t, b.Add(listURL+"/object", []byte(`{"id":"x"}`)))
	var file bytes.Buffer
	n, err := b.WriteTo(&file)
	require.NoError(t, err)
	require.EqualValues(t, file.Len(), n)
	require.True(t, json.Valid(file.Bytes()))
	text := file.String()

	back, err := revocation.ReadBundle(&file)
	require.NoError(t, err)
	var urls []string
	for url, list := range back.All() {
		urls = append(urls, url)
		want, err := b.List(ctx, url)
		require.NoError(t, err)
		require.Equal(t, want, list)
	}
	require.Equal(t, []string{listURL, listURL + "/object", listURL + "?a=1&b=2"}, urls)
	var again bytes.Buffer
	_, err = back.WriteTo(&again)
	require.NoError(t, err)
	require.Equal(t, text, again.String())
}

func TestBundleRefuses(t *testing.T) {
	for text, want := range map[string]error{
		``:                             revocation.ErrList,
		`[]`:                           revocation.ErrList,
		`{"https://a.example/1":1}`:    revocation.ErrList,
		`{"https://a.example/1":null}`: revocation.ErrList,
		`{"https://a.example/1":"a","https://a.example/1":"b"}`:                             revocation.ErrList,
		`{"http://a.example/1":"a"}`:                                                        revocation.ErrURL,
		`{"https://a.example/1":"` + strings.Repeat("a", 1<<20+1) + `"}`:                    revocation.ErrSize,
		`{"https://a.example/1":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`: revocation.ErrList,
		`{} {}`: revocation.ErrList,
	} {
		b, err := revocation.ReadBundle(strings.NewReader(text))
		require.ErrorIs(t, err, want, "%.80s", text)
		require.Nil(t, b)
	}
	var zero revocation.Bundle
	_, err := zero.List(ctx, listURL)
	require.ErrorIs(t, err, revocation.ErrMissing)
	require.NoError(t, zero.Add(listURL, nil))
	require.ErrorIs(t, zero.Add(listURL, []byte("{")), revocation.ErrList)
	require.ErrorIs(t, zero.Add(listURL, []byte{0xff}), revocation.ErrList)
	require.ErrorIs(t, zero.Add(listURL, make([]byte, 1<<20+1)), revocation.ErrSize)
	for range bundle(t, draft{}, draft{url: listURL + "2"}).All() {
		break
	}
}

func TestBundleKeepsItsBytes(t *testing.T) {
	b, data := revocation.NewBundle(), draft{}.sign(t)
	require.NoError(t, b.Add(listURL, data))
	data[0] ^= 1
	kept, err := b.List(ctx, listURL)
	require.NoError(t, err)
	require.NotEqual(t, data, kept)
}

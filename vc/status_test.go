package vc_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

const wideEntry = `{"type":"BitstringStatusListEntry","statusPurpose":"message","statusListIndex":"7",
	"statusListCredential":"https://status.example/1"`

func TestStatusMessages(t *testing.T) {
	e, err := vc.ParseStatusEntry([]byte(wideEntry + `,"statusSize":2,"statusMessage":[
		{"status":"0x3","message":"lost"},{"status":"0x0","message":"fine","note":1},
		{"status":"0x01","message":"pending"},{"status":"0x2","message":""}],
		"statusReference":"https://example.org/meanings"}`))
	require.NoError(t, err)
	require.Equal(t, []string{"fine", "pending", "", "lost"}, e.Messages, "by value, whatever the order")
	require.Equal(t, []string{"https://example.org/meanings"}, e.References)
	require.Equal(t, 2, e.Size)

	alice := personas.New("alice")
	token, err := vc.Sign(vc.Credential{
		Subject: []vc.Subject{{Claims: []byte(`{"a":1}`)}}, Status: []vc.StatusEntry{e},
	}, alice, vc.SignOptions{})
	require.NoError(t, err)
	v, err := vc.Verify(context.Background(), []byte(token), vc.VerifyOptions{
		Issuers: []did.DID{alice.DID()}, Now: time.Unix(1, 0), IgnoreStatus: true,
	})
	require.NoError(t, err)
	require.Equal(t, []vc.StatusEntry{e}, v.Credential().Status, "what is signed is read back the same")
}

func TestStatusMessagesRefused(t *testing.T) {
	two := `[{"status":"0x0","message":"a"},{"status":"0x1","message":"b"}]`
	for name, rest := range map[string]string{
		"none for two bits":      `,"statusSize":2`,
		"two for two bits":       `,"statusSize":2,"statusMessage":` + two,
		"four for one bit":       `,"statusMessage":[{"status":"0x0","message":"a"},{"status":"0x1","message":"b"},{"status":"0x2","message":"c"},{"status":"0x3","message":"d"}]`,
		"one for one bit":        `,"statusMessage":[{"status":"0x0","message":"a"}]`,
		"an empty array":         `,"statusMessage":[]`,
		"an object":              `,"statusMessage":{"status":"0x0","message":"a"}`,
		"the same twice":         `,"statusMessage":[{"status":"0x0","message":"a"},{"status":"0x0","message":"b"}]`,
		"the same, spelt twice":  `,"statusMessage":[{"status":"0x0","message":"a"},{"status":"0x00","message":"b"}]`,
		"a value there is not":   `,"statusMessage":[{"status":"0x0","message":"a"},{"status":"0x2","message":"b"}]`,
		"decimal":                `,"statusMessage":[{"status":"0","message":"a"},{"status":"1","message":"b"}]`,
		"a number":               `,"statusMessage":[{"status":0,"message":"a"},{"status":1,"message":"b"}]`,
		"signed":                 `,"statusMessage":[{"status":"0x0","message":"a"},{"status":"0x+1","message":"b"}]`,
		"three digits":           `,"statusMessage":[{"status":"0x0","message":"a"},{"status":"0x001","message":"b"}]`,
		"no message":             `,"statusMessage":[{"status":"0x0"},{"status":"0x1","message":"b"}]`,
		"no status":              `,"statusMessage":[{"message":"a"},{"status":"0x1","message":"b"}]`,
		"another case":           `,"statusMessage":[{"status":"0x0","message":"a"},{"status":"0x1","message":"b","Message":"c"}]`,
		"not objects":            `,"statusMessage":["a","b"]`,
		"257":                    `,"statusSize":8,"statusMessage":[` + strings.TrimSuffix(strings.Repeat(`{"status":"0x0","message":"a"},`, 257), ",") + `]`,
		"a relative reference":   `,"statusReference":"meanings"`,
		"no references":          `,"statusReference":[]`,
		"a reference in objects": `,"statusReference":[{"id":"https://example.org/"}]`,
		"size 0":                 `,"statusSize":0`,
		"size 9":                 `,"statusSize":9`,
		"size as text":           `,"statusSize":"1"`,
	} {
		_, err := vc.ParseStatusEntry([]byte(wideEntry + rest + "}"))
		require.ErrorIs(t, err, vc.ErrStatusEntry, name)
	}
	_, err := vc.ParseStatusEntry([]byte(wideEntry + `,"statusMessage":` + two + "}"))
	require.NoError(t, err, "for one bit they may be there")
}

// FuzzParseStatusEntry: what is accepted is read back the same from what is signed
// of it.
func FuzzParseStatusEntry(f *testing.F) {
	f.Add([]byte(wideEntry + `}`))
	f.Add([]byte(wideEntry + `,"statusSize":1,"statusMessage":[{"status":"0x1","message":"a"},{"status":"0x0","message":"b"}],"statusReference":["https://a.example/"]}`))
	f.Add([]byte(`{"type":"StatusList2021Entry","statusListIndex":"00"}`))
	alice := personas.New("alice")
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := vc.ParseStatusEntry(data)
		if err != nil || e.Purpose == "" { // or one of a kind that is not read
			return
		}
		token, err := vc.Sign(vc.Credential{
			Subject: []vc.Subject{{Claims: []byte(`{"a":1}`)}}, Status: []vc.StatusEntry{e},
		}, alice, vc.SignOptions{})
		require.NoError(t, err)
		v, err := vc.Verify(context.Background(), []byte(token), vc.VerifyOptions{AnyIssuer: true, IgnoreTime: true, IgnoreStatus: true})
		require.NoError(t, err)
		require.Equal(t, []vc.StatusEntry{e}, v.Credential().Status)
	})
}

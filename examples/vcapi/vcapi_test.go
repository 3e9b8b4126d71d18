package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
)

const credential = `{"@context":["https://www.w3.org/%s"],"id":"urn:uuid:04fd45d4-2f84-4126-8f3b-3e7dd5b7710b",` +
	`"type":["VerifiableCredential"]%s,"credentialSubject":{"id":"did:example:subject"}}`

var (
	v1 = fmt.Sprintf(credential, "2018/credentials/v1", `,"issuanceDate":"2026-11-23T07:11:02Z"`)
	v2 = fmt.Sprintf(credential, "ns/credentials/v2", "")
)

func issue(t *testing.T, s *server, profile, content string) json.RawMessage {
	t.Helper()
	rec := s.do("POST", "/issuers/"+profile+"/credentials/issue", `{"credential":`+content+`}`)
	require.Equal(t, http.StatusCreated, rec.Code, rec.Body)
	var out struct{ VerifiableCredential json.RawMessage }
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &out))
	return out.VerifiableCredential
}

func verify(s *server, credential json.RawMessage, checks string) *httptest.ResponseRecorder {
	return s.do("POST", "/credentials/verify", `{"verifiableCredential":`+string(credential)+`,"options":{"checks":[`+checks+`]}}`)
}

// TestEveryProfile issues with each profile, and verifies; the least change is found.
func TestEveryProfile(t *testing.T) {
	s := newTestServer(t)
	for name, p := range s.profiles {
		for _, version := range p.vc {
			t.Run(name+" "+version, func(t *testing.T) {
				content := map[string]string{"1.1": v1, "2.0": v2}[version]
				secured := issue(t, s, name, content)
				require.Equal(t, http.StatusOK, verify(s, secured, `"proof"`).Code)
				changed := strings.Replace(string(secured), "did:example:subject", "did:example:another", 1)
				if strings.Contains(string(secured), "eyJ") {
					i := strings.LastIndex(string(secured), ".") + 5
					changed = string(secured[:i]) + flip(secured[i]) + string(secured[i+1:])
				}
				require.NotEqual(t, changed, string(secured))
				rec := verify(s, json.RawMessage(changed), `"proof"`)
				require.Equal(t, http.StatusBadRequest, rec.Code)
				require.Contains(t, rec.Body.String(), `"verified":false,"problemDetails":[{"type":"https://w3id.org/security#PROOF_VERIFICATION_ERROR"`)
			})
		}
		foreign := strings.Replace(v2, `"type"`, `"issuer":"did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ2XyQy9RVvVzj","type"`, 1)
		require.Equal(t, http.StatusBadRequest, s.do("POST", "/issuers/"+name+"/credentials/issue", `{"credential":`+foreign+`}`).Code)
	}
}

func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

// TestStatus sets, publishes and asks, as the StatusList2021 suite does.
func TestStatus(t *testing.T) {
	s := newTestServer(t)
	both := `"proof","credentialStatus"`
	for _, purpose := range []string{"revocation", "suspension"} {
		path := "/status2021/" + purpose
		secured := issue(t, s, "statuslist2021-"+purpose, v1)
		var in struct{ CredentialStatus map[string]string }
		require.NoError(t, json.Unmarshal(secured, &in))
		require.Equal(t, map[string]string{
			"id": s.Base + path + "#0", "type": "StatusList2021Entry", "statusPurpose": purpose,
			"statusListIndex": "0", "statusListCredential": s.Base + path,
		}, in.CredentialStatus)
		require.Equal(t, http.StatusBadRequest, verify(s, secured, both).Code, "no list is published yet")
		list := s.do("GET", path, "")
		require.Equal(t, http.StatusOK, list.Code)
		require.Equal(t, http.StatusOK, verify(s, list.Body.Bytes(), `"proof"`).Code)
		require.Equal(t, http.StatusOK, verify(s, secured, both).Code)
		require.Equal(t, http.StatusOK, s.do("POST", "/status2021/set",
			`{"credentialId":"urn:uuid:04fd45d4-2f84-4126-8f3b-3e7dd5b7710b","credentialStatus":{"type":"StatusList2021Entry","statusPurpose":"`+purpose+`"}}`).Code)
		require.Equal(t, http.StatusOK, verify(s, secured, both).Code, "not before it is published")
		require.Equal(t, http.StatusNoContent, s.do("POST", path+"/publish", "{}").Code)
		rec := verify(s, secured, both)
		require.Equal(t, http.StatusBadRequest, rec.Code)
		require.Contains(t, rec.Body.String(), "STATUS_VERIFICATION_ERROR")
		require.Equal(t, http.StatusOK, verify(s, secured, `"proof"`).Code)
	}
	secured := issue(t, s, "bitstring", v2)
	require.Contains(t, string(secured), `"type":"BitstringStatusListEntry"`)
	require.Equal(t, http.StatusOK, s.do("GET", "/status/1", "").Code)
	require.Equal(t, http.StatusOK, verify(s, secured, both).Code)
	require.Equal(t, http.StatusBadRequest, s.do("POST", "/status2021/set", `{"credentialId":"urn:x:no"}`).Code)
}

// TestDIDs compares what the resolver says with the recorded answers, as far as the
// standard decides.
func TestDIDs(t *testing.T) {
	s := newTestServer(t)
	key := s.profiles["vc2.0"].signer.DID().String()
	for path, want := range map[string]string{
		key:                         `"didResolutionMetadata":{"contentType"`,
		"notDid:key:x":              `"error":"invalidDid"`,
		"did:key:zTjsVPtY":          `"error":"invalidPublicKeyLength"`,
		"did:experimental:x":        `"error":"methodNotSupported"`,
		key + "?publicKeyFormat=xy": `"error":"unsupportedPublicKeyType"`,
		strings.ReplaceAll(key, ":", "%3A") + "%23" + strings.TrimPrefix(key, "did:key:"): `"publicKeyMultibase":"` + strings.TrimPrefix(key, "did:key:"),
	} {
		rec := s.do("GET", "/dids/"+path, "")
		require.Contains(t, rec.Body.String(), want, path)
		require.Equal(t, strings.Contains(want, "error"), rec.Code >= 400, path)
		var body struct{ DidDocument map[string]any }
		require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &body))
		require.NotNil(t, body.DidDocument, "never null")
	}
}

func TestManifest(t *testing.T) {
	s := newTestServer(t)
	var m struct {
		Name                                             string
		Issuers, Verifiers, VpVerifiers                  []map[string]any
		SetStatusLists, PublishStatusLists, DidResolvers []map[string]any
	}
	require.NoError(t, json.Unmarshal(s.do("GET", "/manifest", "").Body.Bytes(), &m))
	require.Len(t, m.Issuers, len(s.profiles))
	for _, i := range m.Issuers {
		_, err := did.Parse(i["id"].(string))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(i["endpoint"].(string), s.Base+"/issuers/"))
	}
	require.NotContains(t, m.VpVerifiers[0], "options")
	require.Contains(t, m.Verifiers[0]["tags"], "ecdsa-jcs-2019")
	require.Len(t, m.SetStatusLists, 2)
	require.Len(t, m.PublishStatusLists, 2)
	require.Equal(t, s.Base+"/dids", m.DidResolvers[0]["endpoint"])
}

func TestForwardedHeadersAreBelievedOnlyBehindAProxy(t *testing.T) {
	s := newTestServer(t)
	r := httptest.NewRequest("GET", "/manifest", nil)
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-Host", "api.example")
	require.Equal(t, s.Base, s.base(r))
	s.BehindProxy = true
	require.Equal(t, "https://api.example", s.base(r))
	r.Header.Set("X-Forwarded-Host", "api.example/x?")
	require.Equal(t, s.Base, s.base(r))
}

// TestHostileBodies: nothing that is sent stops the server.
func TestHostileBodies(t *testing.T) {
	s := newTestServer(t)
	for _, path := range []string{
		"/issuers/vc2.0/credentials/issue", "/issuers/bitstring/credentials/issue", "/issuers/none/credentials/issue",
		"/credentials/verify", "/presentations/verify", "/status2021/set",
	} {
		for _, body := range []string{
			"", "null", "[]", "{", `{"credential":null,"verifiableCredential":null,"verifiablePresentation":null}`,
			`{"credential":[],"verifiableCredential":[],"verifiablePresentation":[]}`, `{"credential":{}}`, `{"credential":"x"}`,
			`{"credential":{"issuer":1}}`, strings.Repeat("[", 1<<20), `{"credential":` + strings.Repeat(" ", 2<<20) + `{}}`,
			`{"verifiableCredential":{"proof":[]}}`, `{"verifiableCredential":"a.b.c"}`,
			`{"credential":` + strings.Replace(v2, `"type"`, `"type":[],"type"`, 1) + `}`,
		} {
			rec := s.do("POST", path, body)
			require.GreaterOrEqual(t, rec.Code, 400, "%s %.60s", path, body)
			require.Less(t, rec.Code, 500, "%s %.60s", path, body)
		}
	}
}

// TestSuiteCommand runs the command of the VC-JOSE-COSE suite on its own files.
func TestSuiteCommand(t *testing.T) {
	if _, err := os.Stat(vectors(t, "vc-jose-cose")); err != nil {
		t.Skip("no vectors: set TAPER_VECTORS to the folder that holds vc-jose-cose")
	}
	out := filepath.Join(t.TempDir(), "out")
	run := func(verb, feature, file, key string) (o outcome) {
		t.Helper()
		require.Zero(t, suiteCommand(verb, []string{
			"--input", file, "--key", vectors(t, "vc-jose-cose", key), "--feature", feature, "--output", out,
		}))
		data, err := os.ReadFile(out)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &o))
		return o
	}
	for file, want := range map[string]string{
		"credential-jose-minimal.txt vm-p256.json credential_jose":          "success",
		"presentation-jose-multiple.txt vm-p384.json presentation_jose":     "success",
		"credential-jose-bad-signature.txt vm-ed25519.json credential_jose": "failure",
		"credential-jose-vc-vp-claims.txt vm-ed25519.json credential_jose":  "failure",
		"credential-jose-minimal.txt vm-p256.json credential_cose":          "indeterminate",
		"none.txt vm-p256.json credential_jose":                             "indeterminate",
		"credential-jose-minimal.txt none.json credential_jose":             "indeterminate",
	} {
		f := strings.Fields(file)
		require.Equal(t, want, run("verify", f[2], vectors(t, "vc-jose-cose", f[0]), f[1]).Result, file)
	}
	for _, key := range []string{"vm-p256.json", "vm-p384.json", "vm-p521.json", "vm-ed25519.json"} {
		issued := run("issue", "credential_jose", vectors(t, "vc-jose-cose", "credential-minimal.json"), key)
		require.Equal(t, "success", issued.Result, issued.Data)
		token := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(token, []byte(issued.Data), 0o600))
		require.Equal(t, "success", run("verify", "credential_jose", token, key).Result)
		vp := run("issue", "presentation_jose", vectors(t, "vc-jose-cose", "presentation-multiple.json"), key)
		require.Equal(t, "success", vp.Result, vp.Data)
		require.NoError(t, os.WriteFile(token, []byte(vp.Data), 0o600))
		require.Equal(t, "success", run("verify", "presentation_jose", token, key).Result)
	}
	require.Equal(t, 2, suiteCommand("issue", []string{"--nonsense"}))
	require.Equal(t, 1, suiteCommand("verify", []string{"--output", filepath.Join(out, "x")}))
}

// TestServe starts the real program, over TLS, and asks it.
func TestServe(t *testing.T) {
	_, err := parseSeeds("00", "", "")
	require.Error(t, err)
	seeds, err := parseSeeds(strings.Repeat("01", 32), strings.Repeat("02", 32), strings.Repeat("03", 48))
	require.NoError(t, err)
	s, err := newServer(settings{Base: "https://localhost", Seeds: seeds, Now: time.Now})
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(s)
	server.Listener, err = secured(server.Listener)
	require.NoError(t, err)
	server.Start()
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	resp, err := client.Get(strings.Replace(server.URL, "http://", "https://", 1) + "/manifest")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Error(t, run([]string{"-addr", "256.0.0.1:0"}))
	require.Error(t, run([]string{"-seed-p256", "xx"}))
	require.Error(t, run([]string{"-context", "x"}))
}

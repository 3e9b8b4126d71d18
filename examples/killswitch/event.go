package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation/eventhttp"
)

const engineName = "https://risk.example.com"

// engine is who notices that something is wrong: it signs Security Event Tokens
// (RFC 8417) and pushes them to the operator (RFC 8935).
type engine struct {
	key    *did.Signer
	url    string // of the operator's receiver, which is its name too
	client http.RoundTripper
}

// raise says that the risk of a subtree is now at that level (CAEP 1.0 section 3.8).
func (e *engine) raise(ctx context.Context, subtree, level string) error {
	token, err := e.token(subtree, level, time.Now())
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, strings.NewReader(token))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/secevent+jwt")
	resp, err := e.client.RoundTrip(req)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the risk event was answered %s", resp.Status)
	}
	return nil
}

func (e *engine) token(subtree, level string, now time.Time) (string, error) {
	header := map[string]string{"alg": e.key.Key().Algorithm(), "typ": "secevent+jwt", "kid": "key-1"}
	claims := map[string]any{
		"iss": engineName, "aud": e.url, "iat": now.Unix(), "jti": rand.Text(),
		"sub_id": map[string]string{"format": "opaque", "id": subtree},
		"events": map[string]any{eventhttp.RiskLevelChange: map[string]any{"current_level": level, "principal": "USER", "risk_reason": "UNUSUAL_BEHAVIOUR"}},
	}
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	input := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
	signature, err := e.key.Sign([]byte(input))
	if err != nil {
		return "", err
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

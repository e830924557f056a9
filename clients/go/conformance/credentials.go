package main

import (
	"context"
	"encoding/base64"

	"google.golang.org/grpc/credentials"
)

// basicAuth sends the app's key and secret with every call (RFC 7617).
type basicAuth struct {
	key, secret string
	plaintext   bool
}

var _ credentials.PerRPCCredentials = basicAuth{}

func (b basicAuth) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	pair := base64.StdEncoding.EncodeToString([]byte(b.key + ":" + b.secret))
	return map[string]string{"authorization": "Basic " + pair}, nil
}

func (b basicAuth) RequireTransportSecurity() bool {
	return !b.plaintext
}

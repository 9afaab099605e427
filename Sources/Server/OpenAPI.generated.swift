// Made by scripts/generate-openapi from openapi.yaml.

/// The description of the API, as served at /openapi.yaml.
enum OpenAPI {
    static let text = #"""
        openapi: 3.1.0
        info:
          title: Causeway
          version: 1.0.0
          summary: Carries saved ultrasound studies to the right archive over DICOM-TLS, and proves that they arrived.
          description: |
            The administrator's and the application's interface. Everything under `/v1` belongs to the organization of the key; a
            platform key names it in the field `Causeway-Organization`.

            - Errors are `application/problem+json` (RFC 9457) with a stable `type`; all wrong fields are listed at once.
            - Lists take `limit` (at most 200) and the opaque `cursor` of the page before. Names in a query that are not known are 422.
            - What can be changed carries an `ETag`; `If-Match` makes a change conditional (412 when somebody else was faster).
            - `Idempotency-Key` on POST: the same key and body within 24 h gets the first answer again.
            - Another organization's object is 404, never 403.
        servers:
          - {url: "http://127.0.0.1:8080", description: "one machine, `causeway up`"}
        security:
          - key: []
        tags:
          - {name: access, description: Organizations and keys}
          - {name: sites, description: "Connections, certificates, kits, integrations"}
          - {name: studies, description: "Archives, upload, studies, deliveries"}
          - {name: records, description: "Webhooks, ledger, audit"}
          - {name: operation, description: For those who run the server}
        paths:
          /v1/organizations:
            get:
              operationId: listOrganizations
              tags: [access]
              summary: All organizations
              x-role: platform
              parameters:
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/OrganizationPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            post:
              operationId: createOrganization
              tags: [access]
              summary: A new one
              description: |
                Platform keys only, as for all calls on organizations. Names are unique: the same request again is a conflict.
              x-role: platform
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/NewOrganization"}
                    example: {"name": "Northside Clinic"}
              responses:
                "201":
                  description: Made
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                    Location: {$ref: "#/components/headers/Location"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Organization"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/organizations/{id}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
            get:
              operationId: getOrganization
              tags: [access]
              summary: One of them
              x-role: platform
              responses:
                "200":
                  description: As it is now
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Organization"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            patch:
              operationId: updateOrganization
              tags: [access]
              summary: A JSON merge patch (RFC 7396); the result is validated as a whole
              x-role: platform
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              requestBody:
                required: true
                content:
                  application/merge-patch+json:
                    schema: {$ref: "#/components/schemas/OrganizationPatch"}
                  application/json:
                    schema: {$ref: "#/components/schemas/OrganizationPatch"}
              responses:
                "200":
                  description: Changed
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Organization"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            delete:
              operationId: deleteOrganization
              tags: [access]
              summary: Away with it
              x-role: platform
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              responses:
                "204": {description: Gone}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/api-keys:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listAPIKeys
              tags: [access]
              summary: All api-keys of the organization
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/APIKeyPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            post:
              operationId: createAPIKey
              tags: [access]
              summary: A new one
              description: |
                The answer carries the key itself, this once. Only its hash is kept, so that the same `Idempotency-Key` again is 409 with the
                Location of the key made first.
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IdempotencyKey"}
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/NewAPIKey"}
                    example: {"name": "Upload station", "role": "uploader"}
              responses:
                "201":
                  description: Made
                  headers:
                    Location: {$ref: "#/components/headers/Location"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/NewAPIKeyAnswer"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/api-keys/{id}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: getAPIKey
              tags: [access]
              summary: One of them
              x-role: admin
              responses:
                "200":
                  description: As it is now
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/APIKey"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            delete:
              operationId: deleteAPIKey
              tags: [access]
              summary: Away with it
              x-role: admin
              responses:
                "204": {description: Gone}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/connections:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listConnections
              tags: [sites]
              summary: All connections of the organization
              x-role: viewer
              parameters:
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/ConnectionPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            post:
              operationId: createConnection
              tags: [sites]
              summary: A new one
              description: |
                With TLS active a certificate and key for the site are generated, unless `certificate` says otherwise. The host must be a DNS
                name or an address that is public after resolution (422), unless `CAUSEWAY_ALLOW_NETWORKS` covers it.
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IdempotencyKey"}
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/NewConnection"}
                    example: {"name": "Northside", "host": "pacs.northside.example", "tls": {"mode": "active", "policy": "bcp195", "verification": "pin"}}
              responses:
                "201":
                  description: Made
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                    Location: {$ref: "#/components/headers/Location"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Connection"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/connections/{id}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: getConnection
              tags: [sites]
              summary: One of them
              x-role: viewer
              responses:
                "200":
                  description: As it is now
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Connection"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            patch:
              operationId: updateConnection
              tags: [sites]
              summary: A JSON merge patch (RFC 7396); the result is validated as a whole
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              requestBody:
                required: true
                content:
                  application/merge-patch+json:
                    schema: {$ref: "#/components/schemas/ConnectionPatch"}
                  application/json:
                    schema: {$ref: "#/components/schemas/ConnectionPatch"}
              responses:
                "200":
                  description: Changed
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Connection"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            delete:
              operationId: deleteConnection
              tags: [sites]
              summary: Away with it
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              responses:
                "204": {description: Gone}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/connections/{id}/certificates:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listCertificates
              tags: [sites]
              summary: Certificates of a connection, without keys
              x-role: viewer
              responses:
                "200":
                  description: All of them
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/CertificatePage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            post:
              operationId: createCertificate
              tags: [sites]
              summary: A further certificate, in state `next`
              description: |
                Both `next` and `active` are accepted from the site, so that it can be swapped at any moment.
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IdempotencyKey"}
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/NewCertificate"}
                    example: {"source": "generate"}
              responses:
                "201":
                  description: Made
                  headers:
                    Location: {$ref: "#/components/headers/Location"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Certificate"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/connections/{id}/certificates/{cid}/activate:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CertificateId"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: activateCertificate
              tags: [sites]
              summary: Makes it `active`, and the one before `retired`
              x-role: admin
              responses:
                "200":
                  description: Active
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Certificate"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/connections/{id}/certificates/{cid}/download:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CertificateId"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: downloadCertificate
              tags: [sites]
              summary: Certificate and private key, once
              description: |
                `pem`: a zip with exactly two files, `<Connection>_SCP_Cert.pem` and `<Connection>_SCP_Key.pem`, where all but letters and digits of
                the name is `_`. `pkcs12`: one file, protected by the pass phrase. A private key can be downloaded once, in either form;
                afterwards 410 points to making a new certificate. `der`: the certificate alone, as often as wanted.
              x-role: admin
              parameters:
                - {name: format, in: query, schema: {type: string, enum: [pem, pkcs12, der], default: pem}}
                - {name: Causeway-Passphrase, in: header, description: "Required for pkcs12; 8 characters or more", schema: {type: string, minLength: 8}}
              responses:
                "200":
                  description: The file
                  headers:
                    Content-Disposition: {schema: {type: string}, example: "attachment; filename=\"Northside_PEM.zip\""}
                    Cache-Control: {schema: {type: string, const: no-store}}
                  content:
                    application/zip: {schema: {type: string, contentEncoding: binary}}
                    application/x-pkcs12: {schema: {type: string, contentEncoding: binary}}
                    application/pkix-cert: {schema: {type: string, contentEncoding: binary}}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "410": {$ref: "#/components/responses/Gone"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/connections/{id}/kits/{product}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: downloadKit
              tags: [sites]
              summary: A ready configuration for the terminator at the site, as zip
              description: |
                One service for each integration of the connection. The key is in it only while it has not been downloaded, and that download counts;
                afterwards the configuration refers to the key file by name. 409 while no integration uses the connection; 404 for a product
                that there is no kit for yet.
              x-role: admin
              parameters:
                - {name: product, in: path, required: true, schema: {type: string, enum: [stunnel, citrix-adc, f5-big-ip, haproxy, nginx, causeway]}}
              responses:
                "200":
                  description: The kit
                  headers:
                    Content-Disposition: {schema: {type: string}}
                    Cache-Control: {schema: {type: string, const: no-store}}
                  content:
                    application/zip: {schema: {type: string, contentEncoding: binary}}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/integrations:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listIntegrations
              tags: [sites]
              summary: All integrations of the organization
              x-role: viewer
              parameters:
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/IntegrationPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            post:
              operationId: createIntegration
              tags: [sites]
              summary: A new one
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IdempotencyKey"}
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/NewIntegration"}
                    example: {"name": "Main PACS", "type": "pacs", "connectionId": "01936b5e-7c1a-7d10-8f00-9f3b6a1c2d4e", "calledAET": "PACS", "port": 2762}
              responses:
                "201":
                  description: Made
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                    Location: {$ref: "#/components/headers/Location"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Integration"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/integrations/{id}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: getIntegration
              tags: [sites]
              summary: One of them
              x-role: viewer
              responses:
                "200":
                  description: As it is now
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Integration"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            patch:
              operationId: updateIntegration
              tags: [sites]
              summary: A JSON merge patch (RFC 7396); the result is validated as a whole
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              requestBody:
                required: true
                content:
                  application/merge-patch+json:
                    schema: {$ref: "#/components/schemas/IntegrationPatch"}
                  application/json:
                    schema: {$ref: "#/components/schemas/IntegrationPatch"}
              responses:
                "200":
                  description: Changed
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Integration"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            delete:
              operationId: deleteIntegration
              tags: [sites]
              summary: Away with it
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              responses:
                "204": {description: Gone}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/integrations/{id}/echo:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: echoIntegration
              tags: [sites]
              summary: Diagnosis in steps, ending in C-ECHO
              description: |
                200 when the echo succeeded, 502 with the same steps when the destination failed. `Accept: text/plain` gives a transcript for a terminal.
              x-role: operator
              responses:
                "200":
                  description: Reached
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Echo"}
                      example: {"ok": true, "steps": [{"step": "resolve", "ok": true, "ms": 1.2, "detail": "pacs.northside.example is 192.0.2.17"}], "advice": "The destination is reachable and accepts us."}
                    text/plain: {schema: {type: string}}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "502":
                  description: Not reached; the failed step and the advice name the likely cause
                  content:
                    application/problem+json: {schema: {$ref: "#/components/schemas/EchoProblem"}}
                    text/plain: {schema: {type: string}}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/integrations/{id}/plan:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: planIntegration
              tags: [sites]
              summary: What would be sent of a stored study, how and why
              description: |
                For each instance the ways in which it may go to this destination, best first, and what was ruled out; nothing is sent. Of the first 1000 instances.
                `Accept: text/plain` gives it for a terminal.
              x-role: viewer
              parameters:
                - {name: study, in: query, required: true, description: Id of the study, schema: {$ref: "#/components/schemas/Id"}}
              responses:
                "200":
                  description: The plan
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Plan"}
                      example: {"studyId": "0199f3a0-0000-7000-8000-000000000001", "integrationId": "0199f3a0-0000-7000-8000-000000000002", "isComplete": true, "instances": [{"instanceId": "0199f3a0-0000-7000-8000-000000000003", "sopInstanceUID": "1.2.3", "sopClassUID": "1.2.840.10008.5.1.4.1.1.3.1", "frames": 30, "stored": {"uid": "1.2.840.10008.1.2.1", "name": "Explicit VR Little Endian"}, "ways": [{"transferSyntax": {"uid": "1.2.840.10008.1.2.4.50", "name": "JPEG Baseline (Process 1)"}, "action": "transcoded", "lossy": true, "reason": "JPEG Baseline, quality 88, 4:2:2: level standard for cines."}], "notes": [], "error": null}]}
                    text/plain: {schema: {type: string}}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/integrations/{id}/pause:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: pauseIntegration
              tags: [sites]
              summary: Nothing is sent there until it is resumed
              x-role: operator
              responses:
                "200":
                  description: Done
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Integration"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/integrations/{id}/resume:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: resumeIntegration
              tags: [sites]
              summary: Sending goes on
              x-role: operator
              responses:
                "200":
                  description: Done
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Integration"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/archives:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listArchives
              tags: [studies]
              summary: All archives of the organization
              x-role: viewer
              parameters:
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/ArchivePage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            post:
              operationId: createArchive
              tags: [studies]
              summary: A new one
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IdempotencyKey"}
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/NewArchive"}
                    example: {"name": "Cardiology", "destinations": [], "saveAfterQuietSeconds": 30}
              responses:
                "201":
                  description: Made
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                    Location: {$ref: "#/components/headers/Location"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Archive"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/archives/{id}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: getArchive
              tags: [studies]
              summary: One of them
              x-role: viewer
              responses:
                "200":
                  description: As it is now
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Archive"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            patch:
              operationId: updateArchive
              tags: [studies]
              summary: A JSON merge patch (RFC 7396); the result is validated as a whole
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              requestBody:
                required: true
                content:
                  application/merge-patch+json:
                    schema: {$ref: "#/components/schemas/ArchivePatch"}
                  application/json:
                    schema: {$ref: "#/components/schemas/ArchivePatch"}
              responses:
                "200":
                  description: Changed
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Archive"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            delete:
              operationId: deleteArchive
              tags: [studies]
              summary: Away with it
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              responses:
                "204": {description: Gone}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/archives/{id}/destinations:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: getDestinations
              tags: [studies]
              summary: Integrations that studies saved here are forwarded to
              x-role: viewer
              responses:
                "200":
                  description: In order
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Destinations"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            put:
              operationId: setDestinations
              tags: [studies]
              summary: Replaces the list
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/Destinations"}
                    example: {"destinations": ["01936b5e-7c1a-7d10-8f00-9f3b6a1c2d4e"]}
              responses:
                "200":
                  description: Replaced
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Destinations"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/archives/{id}/dicomweb/studies:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: storeInstances
              tags: [studies]
              summary: Stores instances
              description: |
                STOW-RS (PS3.18 10.5): `multipart/related; type="application/dicom"`, streamed to disk, any number of instances. An instance is listed under
                ReferencedSOPSequence only when its bytes and its row are durable. The same instance again is no second copy; the same UID with
                other content is a conflict (failure reason 0110H).
              x-role: uploader
              requestBody:
                required: true
                content:
                  multipart/related; type="application/dicom":
                    schema: {type: string, contentEncoding: binary}
              responses:
                "200": {$ref: "#/components/responses/StoreAll"}
                "202": {$ref: "#/components/responses/StoreSome"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/StoreNone"}
                "413": {$ref: "#/components/responses/TooLarge"}
                "415": {$ref: "#/components/responses/UnsupportedMedia"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/archives/{id}/dicomweb/studies/{studyUID}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/StudyUID"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: storeInstancesOfStudy
              tags: [studies]
              summary: Stores instances of this study only
              description: |
                STOW-RS (PS3.18 10.5): `multipart/related; type="application/dicom"`, streamed to disk, any number of instances. An instance is listed under
                ReferencedSOPSequence only when its bytes and its row are durable. The same instance again is no second copy; the same UID with
                other content is a conflict (failure reason 0110H).
              x-role: uploader
              requestBody:
                required: true
                content:
                  multipart/related; type="application/dicom":
                    schema: {type: string, contentEncoding: binary}
              responses:
                "200": {$ref: "#/components/responses/StoreAll"}
                "202": {$ref: "#/components/responses/StoreSome"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/StoreNone"}
                "413": {$ref: "#/components/responses/TooLarge"}
                "415": {$ref: "#/components/responses/UnsupportedMedia"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/studies:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listStudies
              tags: [studies]
              summary: Studies, newest first
              x-role: viewer
              parameters:
                - {$ref: "#/components/parameters/ArchiveFilter"}
                - {$ref: "#/components/parameters/StudyStateFilter"}
                - {$ref: "#/components/parameters/PatientFilter"}
                - {$ref: "#/components/parameters/StudyUIDFilter"}
                - {$ref: "#/components/parameters/DateFilter"}
                - {$ref: "#/components/parameters/DateFromFilter"}
                - {$ref: "#/components/parameters/DateToFilter"}
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/StudyPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/studies/{id}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: getStudy
              tags: [studies]
              summary: One study with its newest delivery to each integration
              x-role: viewer
              responses:
                "200":
                  description: As it is now
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Study"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/studies/{id}/save:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: saveStudy
              tags: [studies]
              summary: "The study is complete: freeze a manifest of what is new, and deliver it"
              description: |
                Again without new instances it changes nothing. Instances that arrive later make the next manifest, with only them.
              x-role: uploader
              parameters:
                - {$ref: "#/components/parameters/IdempotencyKey"}
              responses:
                "200":
                  description: Saved
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Study"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/studies/{id}/forward:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: forwardStudy
              tags: [studies]
              summary: Sends it again
              description: |
                Without a body: everything to all destinations of the archive.
              x-role: operator
              parameters:
                - {$ref: "#/components/parameters/IdempotencyKey"}
              requestBody:
                required: false
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/Forward"}
                    example: {"failedOnly": true}
              responses:
                "202":
                  description: Deliveries made
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/ForwardAnswer"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/deliveries:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listDeliveries
              tags: [studies]
              summary: Deliveries, newest first
              x-role: viewer
              parameters:
                - {$ref: "#/components/parameters/DeliveryStateFilter"}
                - {$ref: "#/components/parameters/StudyFilter"}
                - {$ref: "#/components/parameters/IntegrationFilter"}
                - {$ref: "#/components/parameters/SinceFilter"}
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/DeliveryPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/deliveries/{id}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: getDelivery
              tags: [studies]
              summary: One delivery with its attempts and the state of each instance
              x-role: viewer
              responses:
                "200":
                  description: As it is now
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Delivery"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/deliveries/{id}/retry:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: retryDelivery
              tags: [studies]
              summary: "Failed, cancelled or waiting: now. What arrived is not sent again"
              x-role: operator
              responses:
                "200":
                  description: Done
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Delivery"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/deliveries/{id}/cancel:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: cancelDelivery
              tags: [studies]
              summary: Nothing more of it is sent
              x-role: operator
              responses:
                "200":
                  description: Done
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Delivery"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/webhooks:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listWebhooks
              tags: [records]
              summary: All webhooks of the organization
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/WebhookPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            post:
              operationId: createWebhook
              tags: [records]
              summary: A new one
              description: |
                The answer carries the secret, this once, so that the same `Idempotency-Key` again is 409. Each event is a POST with `Causeway-Event`, `Causeway-Event-Id` and `Causeway-Signature:
                t=SECONDS,v1=HEX`, the HMAC-SHA256 under the secret of `SECONDS.BODY`. Delivered at least once: drop event ids already seen.
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IdempotencyKey"}
              requestBody:
                required: true
                content:
                  application/json:
                    schema: {$ref: "#/components/schemas/NewWebhook"}
                    example: {"url": "https://ris.northside.example/hooks/causeway", "events": ["delivery.delivered", "delivery.failed"]}
              responses:
                "201":
                  description: Made
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                    Location: {$ref: "#/components/headers/Location"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/NewWebhookAnswer"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/webhooks/{id}:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: getWebhook
              tags: [records]
              summary: One of them
              x-role: admin
              responses:
                "200":
                  description: As it is now
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Webhook"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            patch:
              operationId: updateWebhook
              tags: [records]
              summary: A JSON merge patch (RFC 7396); the result is validated as a whole
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              requestBody:
                required: true
                content:
                  application/merge-patch+json:
                    schema: {$ref: "#/components/schemas/WebhookPatch"}
                  application/json:
                    schema: {$ref: "#/components/schemas/WebhookPatch"}
              responses:
                "200":
                  description: Changed
                  headers:
                    ETag: {$ref: "#/components/headers/ETag"}
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Webhook"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
            delete:
              operationId: deleteWebhook
              tags: [records]
              summary: Away with it
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/IfMatch"}
              responses:
                "204": {description: Gone}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "409": {$ref: "#/components/responses/Conflict"}
                "412": {$ref: "#/components/responses/PreconditionFailed"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/webhooks/{id}/test:
            parameters:
              - {$ref: "#/components/parameters/Id"}
              - {$ref: "#/components/parameters/CausewayOrganization"}
            post:
              operationId: testWebhook
              tags: [records]
              summary: Sends an event of kind `test`
              x-role: admin
              responses:
                "202":
                  description: On its way
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/TestAnswer"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/ledger:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listLedger
              tags: [records]
              summary: What was handed to whom, when, with which status; append-only
              x-role: viewer
              parameters:
                - {$ref: "#/components/parameters/DeliveryFilter"}
                - {$ref: "#/components/parameters/StudyUIDFilter"}
                - {$ref: "#/components/parameters/IntegrationFilter"}
                - {$ref: "#/components/parameters/SinceFilter"}
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/LedgerPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /v1/audit-events:
            parameters:
              - {$ref: "#/components/parameters/CausewayOrganization"}
            get:
              operationId: listAuditEvents
              tags: [records]
              summary: Who did what to which object
              x-role: admin
              parameters:
                - {$ref: "#/components/parameters/ObjectFilter"}
                - {$ref: "#/components/parameters/ActionFilter"}
                - {$ref: "#/components/parameters/SinceFilter"}
                - {$ref: "#/components/parameters/Limit"}
                - {$ref: "#/components/parameters/Cursor"}
              responses:
                "200":
                  description: One page
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/AuditPage"}
                "400": {$ref: "#/components/responses/BadRequest"}
                "401": {$ref: "#/components/responses/Unauthorized"}
                "403": {$ref: "#/components/responses/Forbidden"}
                "404": {$ref: "#/components/responses/NotFound"}
                "422": {$ref: "#/components/responses/Invalid"}
                "503": {$ref: "#/components/responses/Unavailable"}
          /healthz:
            get:
              operationId: health
              tags: [operation]
              summary: The process lives
              security: []
              responses:
                "200":
                  description: It does
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Status"}
                      example: {"status": "ok"}
          /readyz:
            get:
              operationId: readiness
              tags: [operation]
              summary: "Ready for work: database, blobs, schema"
              security: []
              responses:
                "200":
                  description: Ready
                  content:
                    application/json:
                      schema: {$ref: "#/components/schemas/Status"}
                "503":
                  description: Not yet, or draining
                  content:
                    application/problem+json: {schema: {$ref: "#/components/schemas/Problem"}}
          /metrics:
            get:
              operationId: metrics
              tags: [operation]
              summary: Counters and gauges in the text format of Prometheus
              security: []
              responses:
                "200":
                  description: The current figures
                  content:
                    text/plain; version=0.0.4: {schema: {type: string}}
          /openapi.yaml:
            get:
              operationId: description
              tags: [operation]
              summary: This document
              security: []
              responses:
                "200":
                  description: The document
                  content:
                    application/yaml: {schema: {type: string}}
        components:
          securitySchemes:
            key:
              type: http
              scheme: bearer
              description: |
                `Authorization: Bearer cw_...`. Roles: `admin` all; `operator` reads, stores, saves, echoes, pauses and resends; `uploader`
                stores, saves and reads; `viewer` reads. `x-role` of an operation is the least role that may call it. A key without organization is a platform key.
          headers:
            ETag: {description: "Version of the resource, for If-Match", schema: {type: string}, example: '"v3"'}
            Location: {description: Address of what was made, schema: {type: string}}
          parameters:
            Id: {name: id, in: path, required: true, schema: {$ref: "#/components/schemas/Id"}}
            CertificateId: {name: cid, in: path, required: true, schema: {$ref: "#/components/schemas/Id"}}
            StudyUID: {name: studyUID, in: path, required: true, schema: {$ref: "#/components/schemas/UID"}}
            CausewayOrganization:
              name: Causeway-Organization
              in: header
              description: "With a platform key: id or name of the organization that is meant. Other keys belong to theirs, whatever stands here"
              schema: {type: string}
            IdempotencyKey:
              name: Idempotency-Key
              in: header
              description: "1 to 255 visible ASCII characters of the client's choice. The same key with another body is 422; while the first is under way, 409"
              schema: {type: string, minLength: 1, maxLength: 255}
            IfMatch: {name: If-Match, in: header, description: "ETag of the version to change", schema: {type: string}}
            Limit: {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 200, default: 50}}
            Cursor: {name: cursor, in: query, description: "`nextCursor` of the page before", schema: {type: string}}
            ArchiveFilter: {name: archive, in: query, schema: {$ref: "#/components/schemas/Id"}}
            StudyStateFilter: {name: state, in: query, schema: {$ref: "#/components/schemas/StudyState"}}
            PatientFilter: {name: patient, in: query, description: Patient ID, schema: {type: string, maxLength: 64}}
            DateFilter: {name: date, in: query, description: Study date, schema: {$ref: "#/components/schemas/Day"}}
            DateFromFilter: {name: dateFrom, in: query, description: Study date on or after, schema: {$ref: "#/components/schemas/Day"}}
            DateToFilter: {name: dateTo, in: query, description: Study date on or before, schema: {$ref: "#/components/schemas/Day"}}
            StudyUIDFilter: {name: studyInstanceUID, in: query, schema: {$ref: "#/components/schemas/UID"}}
            DeliveryStateFilter: {name: state, in: query, schema: {$ref: "#/components/schemas/DeliveryState"}}
            StudyFilter: {name: study, in: query, schema: {$ref: "#/components/schemas/Id"}}
            DeliveryFilter: {name: delivery, in: query, schema: {$ref: "#/components/schemas/Id"}}
            IntegrationFilter: {name: integration, in: query, schema: {$ref: "#/components/schemas/Id"}}
            SinceFilter: {name: since, in: query, description: At or after, schema: {$ref: "#/components/schemas/Time"}}
            ObjectFilter: {name: object, in: query, schema: {$ref: "#/components/schemas/Id"}}
            ActionFilter: {name: action, in: query, schema: {type: string}, example: connection.update}
          responses:
            BadRequest:
              description: "Not JSON, a malformed query or field, or a platform key that names no organization"
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  example: {"type": "urn:causeway:problem:malformed-json", "title": "Bad Request", "status": 400, "detail": "The body is not JSON: a comma is missing at byte 17.", "requestId": "5f0c1a"}
            Unauthorized:
              description: No key, or none that is known, unexpired and unrevoked
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  example: {"type": "urn:causeway:problem:unauthorized", "title": "Unauthorized", "status": 401, "detail": "Send a key as Authorization: Bearer cw_...", "requestId": "5f0c1a"}
            Forbidden:
              description: The role of the key does not reach
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  example: {"type": "urn:causeway:problem:forbidden", "title": "Forbidden", "status": 403, "detail": "This needs the role admin.", "requestId": "5f0c1a"}
            NotFound:
              description: Not there, or of another organization
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  example: {"type": "urn:causeway:problem:not-found", "title": "Not Found", "status": 404, "detail": "There is nothing at this address.", "requestId": "5f0c1a"}
            Conflict:
              description: The state of the resource does not allow it, or something else uses it
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  example: {"type": "urn:causeway:problem:conflict", "title": "Conflict", "status": 409, "detail": "An archive still forwards to this integration: remove it there first.", "requestId": "5f0c1a"}
            Gone:
              description: The private key was downloaded before
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  example: {"type": "urn:causeway:problem:private-key-gone", "title": "Gone", "status": 410, "detail": "The private key was downloaded before and is not kept. Create a new certificate for the connection.", "requestId": "5f0c1a"}
            PreconditionFailed:
              description: Changed by somebody else since it was read
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  example: {"type": "urn:causeway:problem:version-mismatch", "title": "Precondition Failed", "status": 412, "detail": "It was changed since: read it again.", "requestId": "5f0c1a"}
            Unavailable:
              description: The database is away or busy; Retry-After says when to come again
              headers:
                Retry-After: {schema: {type: integer}}
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
            TooLarge:
              description: An instance or the body exceeds its limit
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
            UnsupportedMedia:
              description: Not multipart/related with DICOM parts
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
            Invalid:
              description: Every field that is wrong, at once
              content:
                application/problem+json:
                  schema: {$ref: "#/components/schemas/Problem"}
                  example: {"type": "urn:causeway:problem:invalid", "title": "Unprocessable Content", "status": 422, "detail": "2 fields are wrong; see errors.", "errors": [{"field": "/port", "message": "must be from 1 to 65535"}, {"field": "/calledAET", "message": "is required"}], "requestId": "5f0c1a"}
            StoreAll:
              description: All stored, durable
              content:
                application/dicom+json: {schema: {$ref: "#/components/schemas/StoreAnswer"}}
            StoreSome:
              description: Some stored; the others are listed with their reasons
              content:
                application/dicom+json: {schema: {$ref: "#/components/schemas/StoreAnswer"}}
            StoreNone:
              description: None stored
              content:
                application/dicom+json: {schema: {$ref: "#/components/schemas/StoreAnswer"}}
          schemas:
            Id: {type: string, format: uuid, description: UUIDv7, examples: [01936b5e-7c1a-7d10-8f00-9f3b6a1c2d4e]}
            Time: {type: string, format: date-time, description: "RFC 3339, UTC", examples: ["2026-11-23T10:15:00.000Z"]}
            Day: {type: string, pattern: "^([0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2})$", examples: ["2026-01-31"]}
            UID: {type: string, pattern: "^[0-9.]{1,64}$", description: DICOM unique identifier}
            AETitle: {type: string, minLength: 1, maxLength: 16, description: "Application entity title: ASCII, no backslash, outer blanks dropped"}
            Name: {type: string, minLength: 1, maxLength: 200}
            Problem:
              type: object
              required: [type, title, status, detail, requestId]
              properties:
                type: {type: string, pattern: "^urn:causeway:problem:"}
                title: {type: string}
                status: {type: integer}
                detail: {type: string}
                errors:
                  type: array
                  items:
                    type: object
                    required: [field, message]
                    properties:
                      field: {type: string, description: "JSON pointer into the body, or ?NAME in the query"}
                      message: {type: string}
                requestId: {type: string}
            Status:
              type: object
              required: [status]
              properties: {status: {type: string}}
            NewOrganization:
              type: object
              required: [name]
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
            OrganizationPatch:
              type: object
              description: Any of the members; null restores the default
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
            Organization:
              type: object
              required: [id, name, createdAt]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                name: {$ref: "#/components/schemas/Name"}
                createdAt: {$ref: "#/components/schemas/Time"}
            OrganizationPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/Organization"}}
                nextCursor: {type: [string, "null"]}
            Role: {type: string, enum: [admin, operator, uploader, viewer]}
            NewAPIKey:
              type: object
              required: [name, role]
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
                role: {$ref: "#/components/schemas/Role"}
                expiresAt: {type: [string, "null"], format: date-time}
            APIKey:
              type: object
              required: [id, name, role, keyId, platform, createdAt, expiresAt, revokedAt, lastUsedAt]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                name: {$ref: "#/components/schemas/Name"}
                role: {$ref: "#/components/schemas/Role"}
                keyId: {type: string, description: The part of the key that is no secret}
                platform: {type: boolean}
                createdAt: {$ref: "#/components/schemas/Time"}
                expiresAt: {type: [string, "null"], format: date-time}
                revokedAt: {type: [string, "null"], format: date-time}
                lastUsedAt: {type: [string, "null"], format: date-time, description: Coarse}
            NewAPIKeyAnswer:
              allOf:
                - {$ref: "#/components/schemas/APIKey"}
                - type: object
                  required: [key]
                  properties: {key: {type: string, pattern: "^cw_", description: The key. Shown this once}}
            APIKeyPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/APIKey"}}
                nextCursor: {type: [string, "null"]}
            TLS:
              type: object
              additionalProperties: false
              properties:
                mode: {type: string, enum: [active, inactive], default: active}
                policy:
                  type: string
                  enum: [bcp195, tls12, bcp195-modified]
                  default: bcp195
                  description: "Versions and suites: TLS 1.2 and 1.3; TLS 1.2 alone; the modified BCP 195 profile with its fixed list"
                verification:
                  type: string
                  enum: [pin, ca, none]
                  default: pin
                  description: "The site's certificate is one of this connection's (active or next); or from a public authority, for this host; or anything"
                clientCertificate: {type: string, enum: [none, generate], default: none, description: Whether we show a certificate of our own}
            NewConnection:
              type: object
              required: [name, host]
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
                host: {type: string, minLength: 1, maxLength: 253, description: DNS name or address}
                tls: {$ref: "#/components/schemas/TLS"}
                certificate: {$ref: "#/components/schemas/NewCertificate"}
            ConnectionPatch:
              type: object
              description: Any of the members; null restores the default
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
                host: {type: string, minLength: 1, maxLength: 253, description: DNS name or address}
                tls: {$ref: "#/components/schemas/TLS"}
            Connection:
              type: object
              required: [id, name, host, tls, certificates, createdAt]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                name: {$ref: "#/components/schemas/Name"}
                host: {type: string, minLength: 1, maxLength: 253, description: DNS name or address}
                tls: {$ref: "#/components/schemas/TLS"}
                certificates: {type: array, items: {$ref: "#/components/schemas/Certificate"}}
                createdAt: {$ref: "#/components/schemas/Time"}
            ConnectionPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/Connection"}}
                nextCursor: {type: [string, "null"]}
            NewCertificate:
              oneOf:
                - type: object
                  required: [source]
                  additionalProperties: false
                  properties: {source: {const: generate}}
                - type: object
                  description: The site keeps its key
                  required: [source, csr]
                  additionalProperties: false
                  properties: {source: {const: csr}, csr: {type: string, maxLength: 20000, description: PKCS#10 in PEM}}
                - type: object
                  required: [source, certificate]
                  additionalProperties: false
                  properties:
                    source: {const: upload}
                    certificate: {type: string, maxLength: 100000, description: Certificate and chain in PEM}
                    privateKey: {type: string, maxLength: 20000, description: "PEM; only when a kit shall carry it"}
            Certificate:
              type: object
              required: [id, connectionId, purpose, state, source, subject, fingerprint, spkiSHA256, notBefore, notAfter, hasPrivateKey]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                connectionId: {$ref: "#/components/schemas/Id"}
                purpose: {type: string, enum: [server, client], description: "The site's TLS server, or us towards it"}
                state: {type: string, enum: [next, active, retired]}
                source: {type: string, enum: [generate, csr, upload]}
                subject: {type: string}
                fingerprint: {type: string, description: SHA-256 of the DER form}
                spkiSHA256: {type: string, description: SHA-256 of the public key; what is pinned}
                notBefore: {$ref: "#/components/schemas/Time"}
                notAfter: {$ref: "#/components/schemas/Time"}
                hasPrivateKey: {type: boolean}
                keyDownloadedAt: {type: [string, "null"], format: date-time}
                createdAt: {$ref: "#/components/schemas/Time"}
            CertificatePage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/Certificate"}}
                nextCursor: {type: [string, "null"]}
            Level: {type: string, enum: [asStored, none, lossless, nearLossless, high, standard, review], default: asStored}
            Compression:
              type: object
              additionalProperties: false
              properties:
                image: {$ref: "#/components/schemas/Level"}
                cine: {$ref: "#/components/schemas/Level"}
                imageTransferSyntax:
                  type: [string, "null"]
                  description: UID of the syntax for images instead of the one that the level chooses; it must fit the level
                cineTransferSyntax:
                  type: [string, "null"]
                  description: The same for cines; H.264 needs videoAllowed
                lossyUID:
                  type: string
                  enum: [new, keep]
                  default: new
                  description: Which SOP Instance UID an object gets whose pixels lost something
                allowRecompressLossy: {type: boolean, default: false}
                maxInstanceBytes: {type: integer, minimum: 1048576, maximum: 4294967294, default: 2147483648}
                videoAllowed: {type: boolean, default: false}
            Limits:
              type: object
              additionalProperties: false
              properties: {associations: {type: integer, minimum: 1, maximum: 64, default: 4}}
            NewIntegration:
              type: object
              required: [name, connectionId, calledAET, port]
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
                type: {type: string, enum: [pacs, worklist], default: pacs}
                connectionId: {$ref: "#/components/schemas/Id"}
                callingAET: {$ref: "#/components/schemas/AETitle"}
                calledAET: {$ref: "#/components/schemas/AETitle"}
                port: {type: integer, minimum: 1, maximum: 65535}
                compression: {$ref: "#/components/schemas/Compression"}
                limits: {$ref: "#/components/schemas/Limits"}
                state: {type: string, enum: [active, paused], default: active}
            IntegrationPatch:
              type: object
              description: Any of the members; null restores the default
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
                type: {type: string, enum: [pacs, worklist], default: pacs}
                connectionId: {$ref: "#/components/schemas/Id"}
                callingAET: {$ref: "#/components/schemas/AETitle"}
                calledAET: {$ref: "#/components/schemas/AETitle"}
                port: {type: integer, minimum: 1, maximum: 65535}
                compression: {$ref: "#/components/schemas/Compression"}
                limits: {$ref: "#/components/schemas/Limits"}
                state: {type: string, enum: [active, paused], default: active}
            Integration:
              type: object
              required: [id, name, type, connectionId, callingAET, calledAET, port, compression, limits, state, createdAt]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                name: {$ref: "#/components/schemas/Name"}
                type: {type: string, enum: [pacs, worklist], default: pacs}
                connectionId: {$ref: "#/components/schemas/Id"}
                callingAET: {$ref: "#/components/schemas/AETitle"}
                calledAET: {$ref: "#/components/schemas/AETitle"}
                port: {type: integer, minimum: 1, maximum: 65535}
                compression: {$ref: "#/components/schemas/Compression"}
                limits: {$ref: "#/components/schemas/Limits"}
                state: {type: string, enum: [active, paused], default: active}
                createdAt: {$ref: "#/components/schemas/Time"}
            IntegrationPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/Integration"}}
                nextCursor: {type: [string, "null"]}
            EchoStep:
              type: object
              required: [step, ok, ms, detail]
              properties:
                step: {type: string, enum: [resolve, connect, tls, associate, echo, release]}
                ok: {type: boolean}
                ms: {type: number}
                detail: {type: string}
            Echo:
              type: object
              required: [ok, steps, advice]
              properties:
                ok: {type: boolean}
                steps: {type: array, items: {$ref: "#/components/schemas/EchoStep"}}
                advice: {type: string, description: The likely cause and what to do}
            Syntax:
              type: object
              required: [uid, name]
              properties:
                uid: {$ref: "#/components/schemas/UID"}
                name: {type: string}
            Plan:
              type: object
              required: [studyId, integrationId, instances, isComplete]
              properties:
                studyId: {$ref: "#/components/schemas/Id"}
                integrationId: {$ref: "#/components/schemas/Id"}
                isComplete: {type: boolean, description: False when the study has more instances than are listed}
                instances:
                  type: array
                  items:
                    type: object
                    required: [instanceId, sopInstanceUID, sopClassUID, frames, stored, ways, notes, error]
                    properties:
                      instanceId: {$ref: "#/components/schemas/Id"}
                      sopInstanceUID: {$ref: "#/components/schemas/UID"}
                      sopClassUID: {$ref: "#/components/schemas/UID"}
                      frames: {type: integer}
                      stored: {$ref: "#/components/schemas/Syntax"}
                      ways:
                        type: array
                        description: Best first; a later one is taken when the destination refuses those before
                        items:
                          type: object
                          required: [transferSyntax, action, lossy, reason]
                          properties:
                            transferSyntax: {$ref: "#/components/schemas/Syntax"}
                            action: {type: string, enum: [asStored, reencoded, transcoded]}
                            lossy: {type: boolean, description: Whether this step may change samples}
                            reason: {type: string}
                      notes: {type: array, items: {type: string}, description: What was ruled out and why}
                      error: {type: [string, "null"], description: Why there is no plan}
            EchoProblem:
              allOf:
                - {$ref: "#/components/schemas/Problem"}
                - {$ref: "#/components/schemas/Echo"}
            Receive:
              type: [object, "null"]
              description: How studies reach the folder by C-STORE
              required: [calledAET]
              additionalProperties: false
              properties:
                calledAET: {$ref: "#/components/schemas/AETitle", description: Unique in the whole installation}
                callingAETs: {type: array, maxItems: 100, items: {$ref: "#/components/schemas/AETitle"}, description: "Empty: any"}
            NewArchive:
              type: object
              required: [name]
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
                destinations: {type: array, maxItems: 100, items: {$ref: "#/components/schemas/Id"}}
                saveAfterQuietSeconds: {type: [integer, "null"], minimum: 0, maximum: 86400, default: 30, description: "Saved when nothing was added for so long; 0: at once, as instances arrive; null: only when asked"}
                receive: {$ref: "#/components/schemas/Receive"}
            ArchivePatch:
              type: object
              description: Any of the members; null restores the default
              additionalProperties: false
              properties:
                name: {$ref: "#/components/schemas/Name"}
                destinations: {type: array, maxItems: 100, items: {$ref: "#/components/schemas/Id"}}
                saveAfterQuietSeconds: {type: [integer, "null"], minimum: 0, maximum: 86400, default: 30, description: "Saved when nothing was added for so long; 0: at once, as instances arrive; null: only when asked"}
                receive: {$ref: "#/components/schemas/Receive"}
            Archive:
              type: object
              required: [id, name, destinations, saveAfterQuietSeconds, receive, createdAt]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                name: {$ref: "#/components/schemas/Name"}
                destinations: {type: array, maxItems: 100, items: {$ref: "#/components/schemas/Id"}}
                saveAfterQuietSeconds: {type: [integer, "null"], minimum: 0, maximum: 86400, default: 30, description: "Saved when nothing was added for so long; 0: at once, as instances arrive; null: only when asked"}
                receive: {$ref: "#/components/schemas/Receive"}
                createdAt: {$ref: "#/components/schemas/Time"}
            ArchivePage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/Archive"}}
                nextCursor: {type: [string, "null"]}
            Destinations:
              type: object
              required: [destinations]
              additionalProperties: false
              properties:
                destinations: {type: array, maxItems: 100, items: {$ref: "#/components/schemas/Id"}}
            StoreAnswer:
              type: object
              description: "DICOM JSON model (PS3.18 annex F): 00081199 stored, 00081198 failed with 00081197 reason"
              properties:
                "00081190": {type: object, description: Retrieve URL}
                "00081198": {type: object, description: Failed SOP Sequence}
                "0008119A": {type: object, description: "Other Failures Sequence: parts that could not be read so far"}
                "00081199": {type: object, description: Referenced SOP Sequence}
            StudyState: {type: string, enum: [receiving, saved]}
            DeliveryState: {type: string, enum: [ready, waiting, sending, delivered, deliveredWithWarnings, failed, cancelled]}
            Study:
              type: object
              required: [id, archiveId, studyInstanceUID, state, instances, deliveries]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                archiveId: {$ref: "#/components/schemas/Id"}
                studyInstanceUID: {$ref: "#/components/schemas/UID"}
                state: {$ref: "#/components/schemas/StudyState"}
                instances: {type: integer}
                pendingInstances: {type: integer, description: In no manifest yet}
                bytes: {type: integer}
                patient:
                  type: object
                  properties: {id: {type: string}, name: {type: string}, birthDate: {type: string}, sex: {type: string}}
                studyDate: {type: string}
                studyTime: {type: string}
                studyDescription: {type: string}
                accessionNumber: {type: string}
                createdAt: {$ref: "#/components/schemas/Time"}
                lastInstanceAt: {type: [string, "null"], format: date-time}
                savedAt: {type: [string, "null"], format: date-time}
                deliveries:
                  type: array
                  description: The newest to each integration
                  items:
                    type: object
                    required: [id, integrationId, state]
                    properties:
                      id: {$ref: "#/components/schemas/Id"}
                      integrationId: {$ref: "#/components/schemas/Id"}
                      state: {$ref: "#/components/schemas/DeliveryState"}
            StudyPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/Study"}}
                nextCursor: {type: [string, "null"]}
            Forward:
              type: object
              additionalProperties: false
              properties:
                integrations: {type: array, minItems: 1, maxItems: 100, items: {$ref: "#/components/schemas/Id"}, description: "Only to these; default all destinations"}
                failedOnly: {type: boolean, default: false, description: "Only what failed or was cancelled, without the instances that arrived; not beside integrations"}
            ForwardAnswer:
              type: object
              required: [deliveries]
              properties:
                deliveries:
                  type: array
                  items:
                    type: object
                    required: [id, integrationId]
                    properties: {id: {$ref: "#/components/schemas/Id"}, integrationId: {$ref: "#/components/schemas/Id"}}
            DeliveryError:
              type: object
              required: [class, message, advice]
              properties:
                class:
                  type: string
                  enum: [resolve, addressRefused, connect, tls, associationRejected, aborted, timeout, notAccepted, outOfResources, instanceRejected,
                         compression, storage, configuration, interrupted, internal]
                message: {type: string, description: What happened}
                advice: {type: string, description: What to do}
                status: {type: [integer, "null"], description: DIMSE status}
            Delivery:
              type: object
              required: [id, studyId, integrationId, state, instances, lastError, attempts]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                studyId: {$ref: "#/components/schemas/Id"}
                integrationId: {$ref: "#/components/schemas/Id"}
                manifestVersion: {type: integer, description: 1 for the first save of the study}
                replayNumber: {type: integer, description: "0 for what the save made; resends count up"}
                state: {$ref: "#/components/schemas/DeliveryState"}
                instances:
                  type: object
                  required: [total, delivered, failed]
                  properties: {total: {type: integer}, delivered: {type: integer}, failed: {type: integer}, warned: {type: integer}}
                attempt: {type: integer}
                nextAt: {type: [string, "null"], format: date-time, description: "Waiting: not before"}
                createdAt: {$ref: "#/components/schemas/Time"}
                finishedAt: {type: [string, "null"], format: date-time}
                lastError: {oneOf: [{$ref: "#/components/schemas/DeliveryError"}, {type: "null"}]}
                attempts: {type: array, items: {$ref: "#/components/schemas/Attempt"}, description: Newest first; empty in lists}
                details: {type: array, items: {$ref: "#/components/schemas/DeliveryInstance"}, description: In order of the manifest; empty in lists}
            Attempt:
              type: object
              description: One association that worked on the delivery
              required: [id, startedAt, endedAt, outcome, instancesSent, bytes, error]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                startedAt: {$ref: "#/components/schemas/Time"}
                endedAt: {$ref: "#/components/schemas/Time"}
                outcome: {type: string, enum: [succeeded, partial, failed]}
                instancesSent: {type: integer}
                bytes: {type: integer}
                error: {oneOf: [{$ref: "#/components/schemas/DeliveryError"}, {type: "null"}]}
                detail: {description: "What was negotiated: contexts, TLS version and cipher, timings"}
            DeliveryInstance:
              type: object
              required: [ordinal, instanceId, sopInstanceUID, state, status, message, change]
              properties:
                ordinal: {type: integer}
                instanceId: {$ref: "#/components/schemas/Id"}
                sopInstanceUID: {$ref: "#/components/schemas/UID"}
                state: {type: string, enum: [pending, delivered, deliveredWithWarnings, failed]}
                status: {type: [integer, "null"], description: "DIMSE status when it was not plain success; 0 when never sent"}
                message: {type: [string, "null"]}
                change:
                  description: How it went out otherwise than stored; null when it did not
                  oneOf:
                    - {$ref: "#/components/schemas/InstanceChange"}
                    - {type: "null"}
            InstanceChange:
              type: object
              required: [sopInstanceUID, transferSyntaxUID, compression, reasons]
              properties:
                sopInstanceUID: {$ref: "#/components/schemas/UID"}
                transferSyntaxUID: {$ref: "#/components/schemas/UID"}
                compression: {type: [object, "null"], description: "Codec, version, parameters, ratio, PSNR in dB (null: every sample equal) and SSIM of the worst frame; null when pixels were left alone"}
                reasons: {type: array, items: {type: string}, description: Why this way and none before it}
            DeliveryPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/Delivery"}}
                nextCursor: {type: [string, "null"]}
            EventKind: {type: string, enum: [study.saved, delivery.delivered, delivery.failed, certificate.expiring, test]}
            NewWebhook:
              type: object
              required: [url, events]
              additionalProperties: false
              properties:
                url: {type: string, format: uri, maxLength: 2000, description: "https://, the address rule of connections holds; http:// only to an address that CAUSEWAY_ALLOW_NETWORKS covers"}
                events: {type: array, minItems: 1, maxItems: 20, items: {$ref: "#/components/schemas/EventKind"}}
                state: {type: string, enum: [active, paused], default: active}
            WebhookPatch:
              type: object
              description: Any of the members; null restores the default
              additionalProperties: false
              properties:
                url: {type: string, format: uri, maxLength: 2000, description: "https://, the address rule of connections holds; http:// only to an address that CAUSEWAY_ALLOW_NETWORKS covers"}
                events: {type: array, minItems: 1, maxItems: 20, items: {$ref: "#/components/schemas/EventKind"}}
                state: {type: string, enum: [active, paused], default: active}
            Webhook:
              type: object
              required: [id, url, events, state, createdAt]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                url: {type: string, format: uri, maxLength: 2000, description: "https://, the address rule of connections holds; http:// only to an address that CAUSEWAY_ALLOW_NETWORKS covers"}
                events: {type: array, minItems: 1, maxItems: 20, items: {$ref: "#/components/schemas/EventKind"}}
                state: {type: string, enum: [active, paused], default: active}
                createdAt: {$ref: "#/components/schemas/Time"}
            WebhookPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/Webhook"}}
                nextCursor: {type: [string, "null"]}
            NewWebhookAnswer:
              allOf:
                - {$ref: "#/components/schemas/Webhook"}
                - type: object
                  required: [secret]
                  properties: {secret: {type: string, description: Signs the events. Shown this once}}
            TestAnswer:
              type: object
              required: [eventId]
              properties: {eventId: {$ref: "#/components/schemas/Id"}}
            LedgerEntry:
              type: object
              required: [id, deliveryId, studyInstanceUID, integrationId, startedAt, endedAt, destination, outcome, statuses, instances, bytes]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                deliveryId: {$ref: "#/components/schemas/Id"}
                studyInstanceUID: {$ref: "#/components/schemas/UID"}
                integrationId: {$ref: "#/components/schemas/Id"}
                startedAt: {$ref: "#/components/schemas/Time"}
                endedAt: {$ref: "#/components/schemas/Time"}
                destination:
                  type: object
                  description: As it was at that time
                  required: [host, port, callingAET, calledAET, tlsVersion, tlsPeerSHA256]
                  properties:
                    host: {type: string}
                    port: {type: integer}
                    callingAET: {$ref: "#/components/schemas/AETitle"}
                    calledAET: {$ref: "#/components/schemas/AETitle"}
                    tlsVersion: {type: [string, "null"]}
                    tlsPeerSHA256: {type: [string, "null"], description: Fingerprint of the peer's certificate}
                outcome: {$ref: "#/components/schemas/DeliveryState"}
                statuses:
                  type: array
                  description: "DIMSE statuses in the order of the manifest, run-length coded as [status, count]"
                  items: {type: array, prefixItems: [{type: integer}, {type: integer}], minItems: 2, maxItems: 2}
                instances: {type: integer}
                bytes: {type: integer}
                manifestDigest: {type: string, description: SHA-256 over ids and digests of the instances}
                assurance: {type: integer, enum: [1, 2, 3], description: "1 C-STORE response, 2 storage commitment, 3 found by query"}
                changes: {type: [array, "null"], items: {type: object}, description: "What was changed on the way, one entry for each such instance: the UID as stored (`instance`) and the members of InstanceChange"}
            LedgerPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/LedgerEntry"}}
                nextCursor: {type: [string, "null"]}
            AuditEvent:
              type: object
              required: [id, at, actor, action, objectKind, objectId, outcome]
              properties:
                id: {$ref: "#/components/schemas/Id"}
                at: {$ref: "#/components/schemas/Time"}
                actor: {type: string, description: "Id of the key, or a part of the server such as worker"}
                action: {type: string, examples: [connection.update]}
                objectKind: {type: string}
                objectId: {type: [string, "null"], format: uuid}
                outcome: {type: string, enum: [success, failure]}
                address: {type: [string, "null"]}
                detail: {description: "More, without names of patients"}
            AuditPage:
              type: object
              required: [items, nextCursor]
              properties:
                items: {type: array, items: {$ref: "#/components/schemas/AuditEvent"}}
                nextCursor: {type: [string, "null"]}
        """#
}

package import JSON

/// Who a study is of, as the first instance says.
package struct PatientSummary: Sendable, Equatable {
    package var patientId: String
    package var patientName: String
    /// DICOM DA (YYYYMMDD), or empty.
    package var birthDate: String
    package var sex: String

    package init(patientId: String = "", patientName: String = "", birthDate: String = "", sex: String = "") {
        self.patientId = patientId
        self.patientName = patientName
        self.birthDate = birthDate
        self.sex = sex
    }
}

/// What a study is, as the first instance says.
package struct StudySummary: Sendable, Equatable {
    /// DICOM DA (YYYYMMDD), or empty.
    package var date: String
    package var time: String
    package var description: String
    package var accessionNumber: String

    package init(date: String = "", time: String = "", description: String = "", accessionNumber: String = "") {
        self.date = date
        self.time = time
        self.description = description
        self.accessionNumber = accessionNumber
    }
}

/// A study in an archive.
package struct Study: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable { case receiving, saved }

    /// The newest delivery to each integration.
    package struct DeliverySummary: Sendable, Equatable {
        package let id: UUID
        package let integrationId: UUID
        package let state: Delivery.State

        package init(id: UUID, integrationId: UUID, state: Delivery.State) {
            self.id = id
            self.integrationId = integrationId
            self.state = state
        }
    }

    package let id: UUID
    package let organizationId: UUID
    package let archiveId: UUID
    package let studyInstanceUID: String
    package let createdAt: Timestamp
    package var state = State.receiving
    package var patient = PatientSummary()
    package var summary = StudySummary()
    package var instanceCount = 0
    /// Instances that no manifest holds yet.
    package var pendingInstanceCount = 0
    package var byteCount = 0
    package var lastInstanceAt: Timestamp?
    package var savedAt: Timestamp?
    package var deliveries: [DeliverySummary] = []

    package init(id: UUID, organizationId: UUID, archiveId: UUID, studyInstanceUID: String, createdAt: Timestamp) {
        self.id = id
        self.organizationId = organizationId
        self.archiveId = archiveId
        self.studyInstanceUID = studyInstanceUID
        self.createdAt = createdAt
    }

    package var json: JSON {
        [
            "id": JSON(id), "archiveId": JSON(archiveId), "studyInstanceUID": .string(studyInstanceUID),
            "state": .string(state.rawValue), "instances": JSON(instanceCount),
            "pendingInstances": JSON(pendingInstanceCount), "bytes": JSON(byteCount),
            "patient": [
                "id": .string(patient.patientId), "name": .string(patient.patientName),
                "birthDate": .string(patient.birthDate), "sex": .string(patient.sex),
            ],
            "studyDate": .string(summary.date), "studyTime": .string(summary.time),
            "studyDescription": .string(summary.description), "accessionNumber": .string(summary.accessionNumber),
            "createdAt": JSON(createdAt), "lastInstanceAt": JSON(lastInstanceAt), "savedAt": JSON(savedAt),
            "deliveries": .array(
                deliveries.map {
                    [
                        "id": JSON($0.id), "integrationId": JSON($0.integrationId),
                        "state": .string($0.state.rawValue),
                    ]
                }),
        ]
    }
}

/// A stored SOP instance: what is needed to find its bytes, to trust them, and to send them.
package struct Instance: Sendable, Equatable {
    package let id: UUID
    package var studyInstanceUID: String
    package var seriesInstanceUID: String
    package var sopInstanceUID: String
    package var sopClassUID: String
    package var transferSyntaxUID: String
    package var seriesNumber: Int?
    package var instanceNumber: Int?
    package var numberOfFrames = 1
    package var blobKey: String
    package var byteCount: Int
    /// Such as "sha256".
    package var digestAlgorithm: String
    package var digest: [UInt8]

    package init(id: UUID, identity: InstanceIdentity, blob: InstanceBlob) {
        self.id = id
        studyInstanceUID = identity.studyInstanceUID
        seriesInstanceUID = identity.seriesInstanceUID
        sopInstanceUID = identity.sopInstanceUID
        sopClassUID = identity.sopClassUID
        transferSyntaxUID = blob.transferSyntaxUID
        blobKey = blob.key
        byteCount = blob.byteCount
        digestAlgorithm = blob.digestAlgorithm
        digest = blob.digest
    }
}

/// By what an instance is known in DICOM.
package struct InstanceIdentity: Sendable, Equatable {
    package var studyInstanceUID: String
    package var seriesInstanceUID: String
    package var sopInstanceUID: String
    package var sopClassUID: String

    package init(studyInstanceUID: String, seriesInstanceUID: String, sopInstanceUID: String, sopClassUID: String) {
        self.studyInstanceUID = studyInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.sopInstanceUID = sopInstanceUID
        self.sopClassUID = sopClassUID
    }
}

/// Where the bytes of an instance are and what they are.
package struct InstanceBlob: Sendable, Equatable {
    package var key: String
    package var byteCount: Int
    package var digestAlgorithm: String
    package var digest: [UInt8]
    package var transferSyntaxUID: String

    package init(
        key: String, byteCount: Int, digest: [UInt8], digestAlgorithm: String = "sha256", transferSyntaxUID: String
    ) {
        self.key = key
        self.byteCount = byteCount
        self.digest = digest
        self.digestAlgorithm = digestAlgorithm
        self.transferSyntaxUID = transferSyntaxUID
    }
}

/// The frozen, ordered list of instances of one save.
package struct Manifest: Sendable, Equatable {
    package let id: UUID
    package let studyId: UUID
    /// 1 for the first save; late instances make the next.
    package let version: Int
    package let instanceIds: [UUID]
    /// SHA-256 over the ids and digests of the instances in order.
    package let digest: [UInt8]

    package init(id: UUID, studyId: UUID, version: Int, instanceIds: [UUID], digest: [UInt8]) {
        self.id = id
        self.studyId = studyId
        self.version = version
        self.instanceIds = instanceIds
        self.digest = digest
    }
}

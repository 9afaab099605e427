internal import AdminAPI
internal import DICOM
internal import Domain
internal import HTTP1
internal import Ingest

/// STOW-RS behind the API's upload routes.
struct STOWUploader: StudyUploader {
    let service: STOWService

    func store(_ request: Request, in archive: Archive, studyInstanceUID: String?) async -> Response {
        guard let text = studyInstanceUID else {
            return await service.store(request, in: archive, studyInstanceUID: nil)
        }
        guard let uid = UID(text) else {
            return request.problem(
                Problem("invalid", .badRequest, detail: "\(text) in the path is not a Study Instance UID."))
        }
        return await service.store(request, in: archive, studyInstanceUID: uid)
    }
}
